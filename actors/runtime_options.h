/// The options of a runtime. actors/config.h reads them from a program's configuration
/// file and command line.
#pragma once

#include <chrono>
#include <cstddef>

#include "caf_dgram/actors/resolver.h"
#include "caf_dgram/actors/send_queue_limits.h"
#include "caf_dgram/dgram/poller_kind.h"

namespace dgram {

/// Durations are cut to 0 to ten years.
struct runtime_options {
  /// Event loops, each on its own thread; at least 1.
  std::size_t loops = 1;

  /// How loops wait for descriptors.
  poller_kind poller = default_poller_kind();

  /// How long a loop without work busy-polls before it sleeps, if recent polls found
  /// work. Saves a wake-up of about 25 us for each answer that user actors give at once.
  /// Zero never polls.
  std::chrono::microseconds spin{50};

  /// In dense traffic (100,000 datagrams a second and more), receiving actors are woken
  /// once per interval, which costs less CPU time and raises throughput. Sparse traffic is
  /// not delayed. Zero always wakes them at once.
  std::chrono::microseconds moderation{60};

  /// Looks up host names; null for the default, getaddrinfo(3). The runtime asks one
  /// question at a time for each name. It does not end the resolver.
  resolver_actor resolver;

  /// How long a bind, connect or send waits for a host name.
  std::chrono::milliseconds resolve_timeout = std::chrono::seconds(30);

  /// Sends of one socket that may wait for host names at a time.
  std::size_t max_waiting_for_names = 1024;

  /// How long a closing socket tries to send accepted datagrams.
  std::chrono::milliseconds linger = std::chrono::seconds(1);

  /// Bytes of memory that the received datagrams of one socket may hold, unless it is
  /// opened with another limit (`open_options::receive_memory`).
  std::size_t receive_memory = std::size_t{8} << 20;

  /// Limits of each socket's send queue, unless it is opened with other ones
  /// (`open_options::send_limits`).
  send_queue_limits send_limits;

  /// Bytes of events that a subscriber on another node may have without having
  /// handled them, unless the socket is opened with another limit
  /// (`open_options::remote_unacknowledged`).
  std::size_t remote_unacknowledged = std::size_t{1} << 20;

  /// An actor on a loop that runs for longer than this without returning is reported on
  /// stderr, by name: while it still runs, and when it has returned. Until then no socket of
  /// the loop is served. Zero never reports.
  std::chrono::milliseconds report_busy_after{1000};

  /// After waiting this long, the end of the runtime reports on stderr which sockets and actors
  /// it waits for. Zero never reports.
  std::chrono::milliseconds report_waiting_after{5000};
};

}  // namespace dgram
