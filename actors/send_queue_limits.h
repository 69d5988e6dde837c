/// Limits of a send queue.
#pragma once

#include <cstddef>

namespace dgram {

/// An empty queue accepts a datagram that is larger than the limit.
struct send_queue_limits {
  std::size_t datagrams = 65'536;
  std::size_t bytes = std::size_t{16} << 20;
};

}  // namespace dgram
