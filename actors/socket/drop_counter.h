/// Tracks a kernel counter that wraps at 2^32 and is read from two sources, one of
/// which may lag behind the other.
///
///   drop_counter drops;
///   drops.observe(7);                           // from a control message
///   if (drops.unreported() > 0) publish(drops.take_unreported());
#pragma once

#include <cstdint>

namespace dgram {

class drop_counter {
 public:
  /// Records a reading, which may be an old one.
  void observe(std::uint32_t value) noexcept {
    const auto more = static_cast<std::int32_t>(value - seen_);
    if (more <= 0) return;
    seen_ = value;
    total_ += static_cast<std::uint32_t>(more);
  }

  /// The sum from the start, without wrapping.
  std::uint64_t total() const noexcept { return total_; }

  /// How many were added since the last `take_unreported`.
  std::uint64_t unreported() const noexcept { return total_ - reported_; }

  std::uint64_t take_unreported() noexcept {
    const auto news = unreported();
    reported_ = total_;
    return news;
  }

 private:
  std::uint32_t seen_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t reported_ = 0;
};

}  // namespace dgram
