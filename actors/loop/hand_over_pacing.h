/// Decides when to wake the actors that got messages. In dense traffic, waking the
/// receivers for every few datagrams costs more than the datagrams themselves. They are
/// then woken at intervals while the loop sleeps, much like interrupt moderation in a
/// network device. Sparse traffic is not delayed.
///
///   pacing.count(datagrams);                          // as they arrive
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

  /// Datagrams per second from which on traffic counts as dense.
  static constexpr double dense_from = 100'000;

  /// Wakes at most once per interval while traffic is dense; zero turns pacing off.
  explicit hand_over_pacing(clock::duration interval) : interval_(interval) {}

  /// Datagrams were received or sent.
  void count(std::size_t datagrams) noexcept { count_ += datagrams; }

  bool is_dense(clock::time_point now) noexcept {
    if (const auto watched = now - since_; watched >= window) {
      dense_ = static_cast<double>(count_) >=
               dense_from * std::chrono::duration<double>(watched).count();
      since_ = now;
      count_ = 0;
    }
    return dense_;
  }

  /// How long to hold back the receivers from now on; zero: wake them.
  clock::duration hold_back(clock::time_point now) noexcept {
    if (!is_dense(now)) return clock::duration::zero();
    return std::max(last_ + interval_ - now, clock::duration::zero());
  }

  /// The receivers were woken.
  void handed_over(clock::time_point now) noexcept { last_ = now; }

 private:
  /// Time over which the rate is measured.
  static constexpr std::chrono::milliseconds window{1};

  const clock::duration interval_;
  clock::time_point since_{};
  clock::time_point last_{};
  std::uint64_t count_ = 0;
  bool dense_ = false;
};

}  // namespace dgram
