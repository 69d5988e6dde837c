/// Opens sockets and runs the loops that host them: where a program starts.
///
///   caf::actor_system sys{cfg};
///   dgram::runtime net{sys};                                // outlives its sockets
///   auto sock = net.open(dgram::family::udp4, self);  // self hears its events
///
/// Like `actor_system` with its actors, the destructor waits until every socket
/// is closed, except those opened unreferenced, which it closes itself. Call
/// `shutdown` to close all. Declare it after the actor system.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/loop/loop.h"
#include "caf_dgram/actors/open_options.h"
#include "caf_dgram/actors/resolver.h"
#include "caf_dgram/actors/socket/socket_census.h"
#include "caf_dgram/actors/socket_actor.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/polling/poller.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {

struct runtime_options {
  /// Event loops, each with a thread of its own; at least 1.
  std::size_t loops = 1;

  /// How loops wait for descriptors.
  poller_kind poller = default_poller_kind();

  /// How long a loop without work looks around before it sleeps, where that has
  /// paid off lately: spares a wake-up of about 25 us for each answer that user
  /// actors give at once. Zero never does.
  std::chrono::microseconds spin{50};

  /// While datagrams come densely (100,000 a second and more), receiving actors
  /// are woken once in such an interval, which takes less CPU time and lets more
  /// datagrams through. Sparse traffic is not delayed. Zero wakes them always.
  std::chrono::microseconds moderation{60};

  /// Looks up host names; null for the default, getaddrinfo(3). The runtime
  /// sends it one question at a time for each name. It is not ended by the runtime.
  resolver_actor resolver;

  /// How long a bind, connect or send waits for a host name.
  std::chrono::milliseconds resolve_timeout = std::chrono::seconds(30);

  /// Sends of one socket that may wait for host names at a time.
  std::size_t max_waiting_for_names = 1024;

  /// How long a closing socket tries to send what it accepted before.
  std::chrono::milliseconds linger = std::chrono::seconds(1);
};

class runtime {
 public:
  /// Starts the loops. Throws std::runtime_error if the system refuses the
  /// descriptors that they need.
  explicit runtime(caf::actor_system& system, runtime_options options = {});

  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  /// Waits for referenced sockets, closes the others, ends the loops.
  ~runtime();

  /// Opens a socket on the least loaded loop. Errors: errno (EMFILE,
  /// EAFNOSUPPORT, …). Any thread.
  caf::expected<socket_actor> open(family f, const open_options& options = {});

  /// The same for a socket with nothing but a listener.
  caf::expected<socket_actor> open(family f, caf::actor listener);

  /// Opens one socket on each loop, all bound to one address and port, behind one
  /// handle: a server that receives on as many CPUs as there are loops. Datagrams
  /// of one sender come to one of them, hence in order. Sends do not wait for other
  /// commands before them, unlike a single socket's: await the answer of a connect
  /// or an option first. Limits of `options` are those of each socket. `local` is as in `bind`,
  /// without a host name to look up. Errors: those of `open` and `bind`. Any thread.
  caf::expected<socket_actor> open_group(family f, const address& local = {},
                                         const open_options& options = {});

  /// Closes every socket, those opened later included: what they accepted is
  /// sent within the linger time. Does not wait. Any thread.
  void shutdown();

  /// The number of sockets that are not closed yet. Any thread.
  std::size_t open_sockets() const { return census_.open(); }

  /// What the runtime has done so far. Any thread.
  runtime_statistics get_statistics() const;

 private:
  loop& least_loaded();
  absl::StatusOr<socket> open_descriptor(family f, const open_options& options);
  template <caf::spawn_options Options>
  socket_actor host(loop& where, socket descriptor, const open_options& options,
                    caf::strong_actor_ptr group);

  caf::actor_system& system_;
  runtime_options options_;
  socket_census census_;
  std::atomic<std::uint64_t> refused_{0};
  std::vector<resolver_actor> own_resolvers_;  ///< The one that sockets ask comes first.
  std::vector<std::unique_ptr<loop>> loops_;
};

}  // namespace dgram
