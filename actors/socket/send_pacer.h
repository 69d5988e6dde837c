/// When how much may leave, by a `send_rate`: a token bucket.
///
///   pacer.advance(now);
///   send(at_most(pacer.allowed()));                 // the last datagram may exceed it
///   pacer.spend(sent);
///   if (pacer.allowed() == 0) set_deadline(pacer.next());
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "caf_dgram/actors/send_rate.h"

namespace dgram {

class send_pacer {
 public:
  using clock = std::chrono::steady_clock;

  /// Without a rate everything may leave at any time.
  explicit send_pacer(const std::optional<send_rate>& rate = {}) noexcept {
    if (!rate) return;
    rate_ = static_cast<double>(rate->bytes_per_second) / clock::period::den;
    burst_ = rate->burst ? time_for(*rate->burst) : std::chrono::milliseconds(2);
  }

  void advance(clock::time_point now) noexcept {
    now_ = now;
    paid_until_ = std::max(paid_until_, now);
  }

  /// Bytes.
  std::size_t allowed() const noexcept {
    constexpr auto any = std::numeric_limits<std::size_t>::max();
    if (!is_limited()) return any;
    const auto credit = now_ + burst_ - paid_until_;
    if (credit <= clock::duration::zero()) return 0;
    const auto bytes = static_cast<double>(credit.count()) * rate_;
    // Compared as what a double can hold.
    constexpr auto most = static_cast<double>(std::numeric_limits<std::int64_t>::max());
    return bytes < most ? std::max<std::size_t>(static_cast<std::size_t>(bytes), 1) : any;
  }

  void spend(std::size_t bytes) noexcept {
    if (is_limited()) paid_until_ += time_for(bytes);
  }

  /// When half a burst may leave: datagrams that leave together cost less.
  clock::time_point next() const noexcept { return paid_until_ - burst_ / 2; }

 private:
  bool is_limited() const noexcept { return rate_ > 0; }

  clock::duration time_for(std::size_t bytes) const noexcept {
    constexpr clock::duration longest = std::chrono::hours(24);
    const auto ticks =
        std::min(static_cast<double>(bytes) / rate_, static_cast<double>(longest.count()));
    return clock::duration(static_cast<clock::rep>(ticks) + 1);
  }

  double rate_ = 0;          ///< Bytes in a tick of the clock; 0 for no limit.
  clock::duration burst_{};  ///< How long the rate takes for a burst.
  clock::time_point now_{};
  clock::time_point paid_until_{};  ///< When what has left would have left at the rate.
};

}  // namespace dgram
