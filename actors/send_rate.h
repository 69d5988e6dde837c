/// How fast a socket sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace dgram {

/// A limit on the payload bytes that leave, spread over time (a token bucket), for receivers or
/// devices whose buffers a burst would overrun. What is above it waits in the send queue, and
/// leaves with the options that are set by then. A socket that closes sends what it can within
/// `runtime_options::linger`, and tells what is left.
struct send_rate {
  /// At least 1.
  std::uint64_t bytes_per_second = 0;

  /// Bytes that may leave at once after a silence, at least 1; the last datagram may exceed them.
  /// By default what the rate allows in 2 ms: with less, timers of 1 ms do not reach the rate.
  std::optional<std::size_t> burst;
};

}  // namespace dgram
