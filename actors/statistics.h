/// The counters of sockets and runtimes, as `get_statistics` returns them. Counting
/// costs next to nothing; values that need a system call are read on request.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/inspect.h"

namespace dgram {

/// What one subscriber of a socket got.
struct subscriber_statistics {
  any_actor subscriber;
  std::uint64_t delivered = 0;  ///< Datagrams sent to it.
  std::uint64_t lost = 0;       ///< Datagrams that will never be delivered to it.
  std::uint64_t waiting = 0;    ///< Datagrams kept for it until it grants credits.
  std::int64_t credits = 0;     ///< Datagrams, or `subscribe::unlimited`.

  static constexpr const char* type_name = "dgram::subscriber_statistics";
  static constexpr auto fields() {
    return field_list(field{"subscriber", &subscriber_statistics::subscriber},
                      field{"delivered", &subscriber_statistics::delivered},
                      field{"lost", &subscriber_statistics::lost},
                      field{"waiting", &subscriber_statistics::waiting},
                      field{"credits", &subscriber_statistics::credits});
  }
};

/// How often system calls of the socket failed with this errno.
struct error_count {
  int error = 0;
  std::uint64_t count = 0;

  static constexpr const char* type_name = "dgram::error_count";
  static constexpr auto fields() {
    return field_list(field{"error", &error_count::error}, field{"count", &error_count::count});
  }
};

/// What a socket has done since it was opened.
/// A field for each counter.
struct statistics {
  std::uint64_t received = 0;  ///< Datagrams, blocked ones excluded.
  std::uint64_t received_bytes = 0;
  std::uint64_t received_buffers = 0;  ///< Kernel buffers: fewer than datagrams where the kernel
                                       ///< merged several into one (`receive_offload`).
  std::uint64_t kernel_drops = 0;      ///< Kernel buffers dropped for lack of room; each is one
                                       ///< datagram unless merged.
  std::uint64_t truncated = 0;         ///< Datagrams larger than the receive buffer.
  std::uint64_t blocked = 0;           ///< Datagrams from senders on the block list.
  std::uint64_t strangers = 0;         ///< Datagrams of others than the peer that waited when the
                                       ///< socket was connected.
  std::uint64_t undelivered = 0;       ///< Datagrams received while nobody had subscribed.
  std::uint64_t lost = 0;              ///< Datagrams lost by subscribers, summed over all of them.
  std::uint64_t pauses = 0;      ///< Times that reading stopped for lack of credits or memory.
  std::uint64_t held_bytes = 0;  ///< Memory held by received datagrams now, excluding that of
                                 ///< subscribers that may lose.
  std::uint64_t receive_errors = 0;
  std::uint64_t sent = 0;  ///< Datagrams handed to the kernel.
  std::uint64_t sent_bytes = 0;
  std::uint64_t sent_offloaded = 0;    ///< Those sent as segments of one message (UDP_SEGMENT).
  std::uint64_t offload_refusals = 0;  ///< Segmented messages that the kernel refused; their
                                       ///< datagrams were then sent one by one.
  std::uint64_t send_errors = 0;       ///< Datagrams that the kernel refused.
  std::uint64_t send_dropped = 0;      ///< Datagrams refused because the queue was full.
  std::uint64_t send_rejected = 0;     ///< Datagrams that failed a check (destination, size,
                                       ///< source), for which the socket could not be bound, or
                                       ///< whose host name was not found.
  std::uint64_t send_retries = 0;      ///< Flushes that left datagrams for later.
  std::uint64_t unsent = 0;            ///< Datagrams that had not left when the socket ended.
  std::uint64_t queued = 0;            ///< Datagrams waiting to be sent now.
  std::uint64_t queued_bytes = 0;
  std::vector<error_count> errors;  ///< Sorted by errno.
  std::vector<subscriber_statistics> subscribers;

  static constexpr const char* type_name = "dgram::statistics";
  static constexpr auto fields() {
    return field_list(
        field{"received", &statistics::received},
        field{"received_bytes", &statistics::received_bytes},
        field{"received_buffers", &statistics::received_buffers},
        field{"kernel_drops", &statistics::kernel_drops},
        field{"truncated", &statistics::truncated}, field{"blocked", &statistics::blocked},
        field{"strangers", &statistics::strangers}, field{"undelivered", &statistics::undelivered},
        field{"lost", &statistics::lost}, field{"pauses", &statistics::pauses},
        field{"held_bytes", &statistics::held_bytes},
        field{"receive_errors", &statistics::receive_errors}, field{"sent", &statistics::sent},
        field{"sent_bytes", &statistics::sent_bytes},
        field{"sent_offloaded", &statistics::sent_offloaded},
        field{"offload_refusals", &statistics::offload_refusals},
        field{"send_errors", &statistics::send_errors},
        field{"send_dropped", &statistics::send_dropped},
        field{"send_rejected", &statistics::send_rejected},
        field{"send_retries", &statistics::send_retries}, field{"unsent", &statistics::unsent},
        field{"queued", &statistics::queued}, field{"queued_bytes", &statistics::queued_bytes},
        field{"errors", &statistics::errors}, field{"subscribers", &statistics::subscribers});
  }
};

/// What one loop has done since it started.
struct loop_statistics {
  std::uint64_t sockets = 0;         ///< Open sockets that it hosts.
  std::uint64_t turns = 0;           ///< Iterations of the loop.
  std::uint64_t exceptions = 0;      ///< Exceptions thrown by sockets it called.
  std::uint64_t chunks_in_use = 0;   ///< Memory chunks that hold datagrams or are being read into.
  std::uint64_t unused_bytes = 0;    ///< Memory cached for further datagrams.
  std::uint64_t actors = 0;          ///< Actors of the program that live on it.
  std::uint64_t busy_ns = 0;         ///< Time that those have run, in nanoseconds, and in which
                                     ///< messages were passed between runs that follow each other.
  std::uint64_t longest_run_ns = 0;  ///< The longest time that one of them ran without a break.

  static constexpr const char* type_name = "dgram::loop_statistics";
  static constexpr auto fields() {
    return field_list(
        field{"sockets", &loop_statistics::sockets}, field{"turns", &loop_statistics::turns},
        field{"exceptions", &loop_statistics::exceptions},
        field{"chunks_in_use", &loop_statistics::chunks_in_use},
        field{"unused_bytes", &loop_statistics::unused_bytes},
        field{"actors", &loop_statistics::actors}, field{"busy_ns", &loop_statistics::busy_ns},
        field{"longest_run_ns", &loop_statistics::longest_run_ns});
  }
};

/// What a runtime has done since it started.
struct runtime_statistics {
  std::uint64_t opened = 0;   ///< Sockets, each member of a group counted.
  std::uint64_t open = 0;     ///< Those that are not closed yet.
  std::uint64_t refused = 0;  ///< Attempts to open a socket that failed.
  std::vector<loop_statistics> loops;
};

/// Calls `visit` with the name of each counter and a pointer to its member, for `statistics`
/// and `loop_statistics`.
template <class Statistics, class Visit>
void for_each_counter(Visit visit) {
  const auto visit_number = [&](const auto& each) {
    using value = std::decay_t<decltype(std::declval<Statistics>().*each.member)>;
    if constexpr (std::is_same_v<value, std::uint64_t>) visit(each.name, each.member);
  };
  Statistics::fields()([&](const auto&... each) { (visit_number(each), ...); });
}

/// Adds the counters of another socket of the same group.
void add(statistics& total, const statistics& part);

/// One line per counter, "name value", per errno, by its symbol, and per subscriber.
std::string to_string(const statistics& counted);

/// One line per counter, "name value", and per loop.
std::string to_string(const runtime_statistics& counted);

}  // namespace dgram
