/// The senders and receivers of a soak.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "caf/all.hpp"
#include "caf_dgram/actors/runtime.h"
#include "caf_dgram/dgram/endpoint.h"

namespace dgram::bench {

/// Counts of one subscriber.
struct tally {
  std::atomic<std::uint64_t> datagrams{0};
  std::atomic<std::uint64_t> reported_lost{0};  ///< By overrun events.
  std::atomic<bool> hurry{false};               ///< Stop being slow.
};

/// Counts datagrams, taking some time for each if it is slow, and grants itself credits
/// whenever it becomes passive.
caf::behavior soak_subscriber(caf::event_based_actor* self, const std::shared_ptr<tally>& counts,
                              bool slow, std::int64_t credits);

struct soak_destinations {
  endpoint target;
  endpoint stuck;  ///< Of a Unix socket that nobody reads.
};

/// Sends in every possible way, to endpoints and names, in bursts that each wait for the end of
/// the previous one, until it is stopped or its socket ends.
caf::behavior soak_sender(caf::event_based_actor* self, const socket_actor& sock,
                          const soak_destinations& where,
                          const std::shared_ptr<std::atomic<bool>>& stop, std::uint64_t seed);

}  // namespace dgram::bench
