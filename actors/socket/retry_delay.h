/// The delay before something is tried again: doubled up to a limit while it fails.
///
///   retry_delay delay(milliseconds(1), milliseconds(32));
///   set_deadline(now + delay.next());               // 1 ms, 2 ms, 4 ms, …
///   delay.reset();                                  // something got through
#pragma once

#include <algorithm>
#include <chrono>

namespace dgram {

class retry_delay {
 public:
  using duration = std::chrono::steady_clock::duration;

  retry_delay(duration first, duration longest) noexcept
      : first_(first), longest_(longest), next_(first) {}

  /// The delay of the next try; the one after it is twice as long.
  duration next() noexcept {
    const auto now = next_;
    next_ = std::min(next_ * 2, longest_);
    return now;
  }

  void reset() noexcept { next_ = first_; }

 private:
  duration first_;
  duration longest_;
  duration next_;
};

}  // namespace dgram
