/// Follows a counter of the kernel's that wraps at 2^32 and is read from two
/// places, of which one may be behind the other.
///
///   drop_counter drops;
///   drops.observe(7);                           // from a control message
///   if (drops.untold() > 0) publish(drops.tell());
#pragma once

#include <cstdint>

namespace dgram {

class drop_counter {
 public:
  /// The counter stood at this value, now or a while ago.
  void observe(std::uint32_t value) noexcept {
    const auto more = static_cast<std::int32_t>(value - seen_);
    if (more <= 0) return;
    seen_ = value;
    total_ += static_cast<std::uint32_t>(more);
  }

  /// Counted from the start, without wrapping.
  std::uint64_t total() const noexcept { return total_; }

  /// How many came since the last `tell`.
  std::uint64_t untold() const noexcept { return total_ - told_; }

  std::uint64_t tell() noexcept {
    const auto news = untold();
    told_ = total_;
    return news;
  }

 private:
  std::uint32_t seen_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t told_ = 0;
};

}  // namespace dgram
