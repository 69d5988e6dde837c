/// When to wake the actors that got messages. Where datagrams come densely, to
/// wake the receivers for each handful costs more than the datagrams do: then
/// they are woken at intervals, and the loop sleeps in between, as a network
/// device that moderates its interrupts lets the CPU. Sparse traffic is not
/// delayed at all.
///
///   pacing.count(datagrams);                          // as they come in
///   if (auto rest = pacing.hold_back(now); rest > 0) sleep(rest); else wake_them();
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace dgram {

/// Used by one thread.
class hand_over_pacing {
 public:
  using clock = std::chrono::steady_clock;

  /// Traffic is dense from so many datagrams a second on.
  static constexpr double dense_from = 100'000;

  /// Wakes at most once an interval while traffic is dense; zero turns it off.
  explicit hand_over_pacing(clock::duration interval) : interval_(interval) {}

  /// So many datagrams came in or went out.
  void count(std::size_t datagrams) noexcept { count_ += datagrams; }

  /// Whether traffic is dense now.
  bool is_dense(clock::time_point now) noexcept {
    if (const auto watched = now - since_; watched >= window) {
      dense_ = static_cast<double>(count_) >=
               dense_from * std::chrono::duration<double>(watched).count();
      since_ = now;
      count_ = 0;
    }
    return dense_;
  }

  /// How long from now on the receivers are not to be woken; zero: wake them.
  clock::duration hold_back(clock::time_point now) noexcept {
    if (!is_dense(now)) return clock::duration::zero();
    return std::max(last_ + interval_ - now, clock::duration::zero());
  }

  /// The receivers were woken.
  void handed_over(clock::time_point now) noexcept { last_ = now; }

 private:
  /// How long traffic is watched before it is called dense or not.
  static constexpr std::chrono::milliseconds window{1};

  const clock::duration interval_;
  clock::time_point since_{};
  clock::time_point last_{};
  std::uint64_t count_ = 0;
  bool dense_ = false;
};

}  // namespace dgram
