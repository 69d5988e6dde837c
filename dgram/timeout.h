/// The timeout argument that poll(2) and epoll_wait(2) share.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

namespace dgram {

/// Milliseconds, rounded up so that a deadline has passed when the call
/// returns; -1 for no timeout.
inline int timeout_milliseconds(std::optional<std::chrono::steady_clock::duration> timeout) {
  if (!timeout) return -1;
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(*timeout).count();
  return static_cast<int>(
      std::clamp<decltype(+rounded)>(rounded, 0, std::numeric_limits<int>::max()));
}

}  // namespace dgram
