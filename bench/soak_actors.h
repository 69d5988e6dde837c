/// Who sends and who receives during a soak.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "caf_dgram/actors/runtime.h"
#include "caf_dgram/dgram/endpoint.h"

namespace dgram::bench {

/// What a subscriber has seen.
struct tally {
  std::atomic<std::uint64_t> datagrams{0};
  std::atomic<std::uint64_t> told_lost{0};  ///< By overrun events.
  std::atomic<bool> hurry{false};           ///< Be slow no more.
};

/// Counts datagrams, taking some time for each if it is slow, and grants itself so
/// many credits whenever it is passive.
caf::behavior soak_subscriber(caf::event_based_actor* self, const std::shared_ptr<tally>& counts,
                              bool slow, std::int64_t credits);

/// Sends in every way there is, in bursts that each wait for the last one's end,
/// until it is told to stop or its socket is gone.
caf::behavior soak_sender(caf::event_based_actor* self, const socket_actor& sock,
                          const endpoint& to, const std::shared_ptr<std::atomic<bool>>& stop,
                          std::uint64_t seed);

}  // namespace dgram::bench
