/// Measures contenders.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/traffic.h"

namespace bench {

/// One measured quantity.
struct figure {
  std::string quantity;  ///< Empty for the main one of a workload.
  std::string unit;
  double value = 0;
};

/// How long, and how much.
struct effort {
  double seconds = 1;
  int round_trips = 20'000;
};

/// Deliveries a second, and CPU seconds per million of them.
std::vector<figure> measure_stream(contender& who, const traffic& what, const effort& how);

/// An open loop: deliveries a second, and growth of resident memory in MiB.
std::vector<figure> measure_overload(contender& who, const traffic& what, const effort& how);

/// Round trips of 64 bytes with a number of them in flight: percentiles in microseconds.
std::vector<figure> measure_echo(contender& who, std::size_t in_flight, const effort& how);

/// Round trips, one after the other, between two programs, or actors, of the contender's own:
/// percentiles in microseconds.
std::vector<figure> measure_round_trips(contender& who, const effort& how);

/// Many open sockets: memory per socket, sockets opened and closed per second, and round trips
/// per second spread over all sockets.
std::vector<figure> measure_sockets(contender& who, std::size_t sockets, const effort& how);

}  // namespace bench
