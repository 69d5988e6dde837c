/// Durations from outside, cut to what can be computed with.
#pragma once

#include <algorithm>
#include <chrono>

namespace dgram {

/// 0 to ten years, which is as long as for ever: no sum with it overflows.
template <class Duration>
Duration clamped(Duration time) {
  constexpr Duration longest = std::chrono::hours(24 * 365 * 10);
  return std::clamp(time, Duration::zero(), longest);
}

}  // namespace dgram
