/// Limits the rate of events that remote hosts can cause: a burst, then a steady rate.
///
///   event_budget budget(10, std::chrono::milliseconds(100));
///   if (budget.spend(now)) publish(why, budget.take_withheld());
///
/// Independent of CAF and of any clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace dgram {

class event_budget {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// At most `burst` events at once, and one more for each interval.
  event_budget(std::int64_t burst, duration interval) noexcept
      : burst_(burst), interval_(interval), left_(burst) {}

  /// Whether one more event may be published now; if not, what it stands for counts as
  /// withheld.
  bool spend(time_point now, std::uint64_t stands_for = 1) noexcept {
    if (now - counted_ >= interval_) {
      const auto earned = (now - counted_) / interval_;
      left_ = std::min<std::int64_t>(burst_, left_ + std::min<std::int64_t>(earned, burst_));
      counted_ += earned * interval_;
    }
    if (left_ > 0) return --left_, true;
    withheld_ += stands_for;
    return false;
  }

  /// When an event may be published again. Meaningful after `spend` returned false.
  time_point next() const noexcept { return counted_ + interval_; }

  std::uint64_t withheld() const noexcept { return withheld_; }

  /// The events withheld since the last call.
  std::uint64_t take_withheld() noexcept { return std::exchange(withheld_, 0); }

 private:
  const std::int64_t burst_;
  const duration interval_;
  std::int64_t left_;
  time_point counted_{};
  std::uint64_t withheld_ = 0;
};

}  // namespace dgram
