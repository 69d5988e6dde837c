/// One round of a soak: sockets are opened, loaded, disturbed and killed at random. Then
/// all sums are checked and the sockets closed.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "caf/all.hpp"
#include "caf_dgram/actors/runtime.h"

namespace dgram::bench {

/// Totals over all rounds.
struct soak_report {
  std::uint64_t rounds = 0;
  std::uint64_t sent = 0;          ///< Datagrams that the kernel took.
  std::uint64_t received = 0;      ///< Datagrams that sockets read.
  std::uint64_t delivered = 0;     ///< Datagrams times subscribers.
  std::uint64_t kernel_drops = 0;  ///< Buffers.
  std::uint64_t lost = 0;          ///< By subscribers that may lose datagrams.
  std::uint64_t refused = 0;       ///< By full send queues.
  std::uint64_t kills = 0;         ///< Of sockets and subscribers.
  std::uint64_t faults = 0;        ///< Injected kernel faults, and times without descriptors.
  std::uint64_t commands = 0;      ///< Options, statistics, subscriptions, invalid ones.
  std::uint64_t sums = 0;          ///< Sums checked.
  std::vector<std::string> failures;
};

/// Where a round takes place. Both systems have CAF's network.
struct soak_place {
  caf::actor_system& system;
  caf::actor_system& elsewhere;  ///< Of subscribers on another node.
  runtime& net;
};

/// Runs a round of that duration, plus the time to settle.
void soak_round(const soak_place& where, std::mt19937_64& random,
                std::chrono::milliseconds duration, soak_report& report);

}  // namespace dgram::bench
