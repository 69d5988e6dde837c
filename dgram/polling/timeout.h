/// Timeout conversions for poll(2), epoll(7) and ppoll(2).
#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <ctime>
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

/// Sleeps until the descriptor is readable or the time has passed: to the
/// nanosecond with ppoll(2), else rounded up to milliseconds.
inline void sleep_on(int fd, std::chrono::steady_clock::duration time) {
  ::pollfd entry{fd, POLLIN, 0};
#if defined(__linux__) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
  const auto nanoseconds = std::chrono::nanoseconds(time).count();
  const ::timespec until{static_cast<::time_t>(nanoseconds / 1'000'000'000),
                         static_cast<long>(nanoseconds % 1'000'000'000)};
  ::ppoll(&entry, 1, &until, nullptr);
#else
  ::poll(&entry, 1, timeout_milliseconds(time));
#endif
}

}  // namespace dgram
