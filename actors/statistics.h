/// What sockets count, for whoever wants to watch them: `get_statistics` answers
/// with it. Counting costs next to nothing; what costs a system call is read when
/// it is asked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "caf_dgram/actors/compat/caf_version.h"

namespace dgram {

/// What one subscriber of a socket got.
struct subscriber_statistics {
  caf::actor subscriber;
  std::uint64_t delivered = 0;  ///< Datagrams sent to it.
  std::uint64_t lost = 0;       ///< Datagrams that it did not get and will not get.
  std::uint64_t waiting = 0;    ///< Datagrams kept for it until it grants credits.
  std::int64_t credits = 0;     ///< Datagrams, or `subscribe::unlimited`.
};

/// How often a system call of the socket failed with an errno.
struct error_count {
  int error = 0;
  std::uint64_t count = 0;
};

/// What a socket has done since it was opened.
struct statistics {
  std::uint64_t received = 0;  ///< Datagrams, without those that were blocked.
  std::uint64_t received_bytes = 0;
  std::uint64_t received_buffers = 0;  ///< Of the kernel: fewer than datagrams where it merged
                                       ///< several into one (`receive_offload`).
  std::uint64_t kernel_drops = 0;  ///< Buffers that the kernel had no room for: datagrams, where
                                   ///< nothing is merged.
  std::uint64_t truncated = 0;     ///< Datagrams that came in cut.
  std::uint64_t blocked = 0;       ///< Datagrams of senders on the block list.
  std::uint64_t unheard = 0;       ///< Datagrams that came while nobody had subscribed.
  std::uint64_t lost = 0;          ///< Datagrams that subscribers lost, all of them together.
  std::uint64_t pauses = 0;        ///< Times that reading stopped for credits or memory.
  std::uint64_t held_bytes = 0;    ///< Memory that received datagrams hold now, without that of
                                   ///< subscribers that may lose.
  std::uint64_t receive_errors = 0;
  std::uint64_t sent = 0;  ///< Datagrams that the kernel took.
  std::uint64_t sent_bytes = 0;
  std::uint64_t sent_offloaded = 0;    ///< Those of them that shared a message (UDP_SEGMENT).
  std::uint64_t offload_refusals = 0;  ///< Messages that the kernel did not take as one, so that
                                       ///< their datagrams were sent one by one.
  std::uint64_t send_errors = 0;       ///< Datagrams that the kernel refused.
  std::uint64_t send_dropped = 0;      ///< Datagrams that the full queue refused.
  std::uint64_t send_retries = 0;      ///< Times that something had to wait for room.
  std::uint64_t queued = 0;            ///< Datagrams that wait to be sent now.
  std::uint64_t queued_bytes = 0;
  std::vector<error_count> errors;  ///< In order of the errno.
  std::vector<subscriber_statistics> subscribers;
};

/// What one loop has done since it was started.
struct loop_statistics {
  std::uint64_t sockets = 0;        ///< Placed on it and not closed.
  std::uint64_t turns = 0;          ///< Times that it looked for work.
  std::uint64_t exceptions = 0;     ///< Sockets that failed while it called them.
  std::uint64_t chunks_in_use = 0;  ///< Pieces of memory that datagrams are or may be in.
  std::uint64_t unused_bytes = 0;   ///< Memory kept for the next datagrams.
};

/// What a runtime has done since it was made.
struct runtime_statistics {
  std::uint64_t opened = 0;   ///< Sockets, members of groups each.
  std::uint64_t open = 0;     ///< Those that are not closed yet.
  std::uint64_t refused = 0;  ///< Times that no socket could be opened.
  std::vector<loop_statistics> loops;
};

/// Adds what another socket of the same group counted.
void add(statistics& total, const statistics& part);

/// A line for each counter, "name value"; for each errno, by its symbol; and for
/// each subscriber.
std::string to_string(const statistics& counted);

/// A line for each counter, "name value", and for each loop.
std::string to_string(const runtime_statistics& counted);

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, subscriber_statistics& x) {
  return inspect_parts(f, x, "dgram::subscriber_statistics", x.subscriber, x.delivered, x.lost,
                       x.waiting, x.credits);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, error_count& x) {
  return inspect_parts(f, x, "dgram::error_count", x.error, x.count);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, statistics& x) {
  return inspect_parts(f, x, "dgram::statistics", x.received, x.received_bytes, x.received_buffers,
                       x.kernel_drops, x.truncated, x.blocked, x.unheard, x.lost, x.pauses,
                       x.held_bytes, x.receive_errors, x.sent, x.sent_bytes, x.sent_offloaded,
                       x.offload_refusals, x.send_errors, x.send_dropped, x.send_retries, x.queued,
                       x.queued_bytes, x.errors, x.subscribers);
}

}  // namespace dgram
