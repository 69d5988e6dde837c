/// Which of a sender's messages have come, and which never will.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dgram::lcm {

/// Consecutive messages, modulo 2^32.
struct sequence_range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;

  std::uint32_t size() const noexcept { return last - first + 1; }

  friend bool operator==(const sequence_range& a, const sequence_range& b) noexcept {
    return a.first == b.first && a.last == b.last;
  }
  friend bool operator!=(const sequence_range& a, const sequence_range& b) noexcept {
    return !(a == b);
  }
};

/// The latest numbers of one sender, in serial number arithmetic (RFC 1982). It begins where it is
/// told, or with the first number that it is shown: what the sender sent before is unknown.
class sequence_window {
 public:
  /// Numbers that it tells apart, from the newest back.
  static constexpr std::size_t size = 4096;

  enum class state : std::uint8_t {
    fresh,  ///< Not seen yet.
    seen,   ///< Marked before.
    past,   ///< Settled without it, or behind the window: too late, or a sender that began anew.
  };

  state of(std::uint32_t sequence) const noexcept;

  /// Forgets what it knows: the next number is this one.
  void begin(std::uint32_t next) noexcept;

  /// Marks a number as seen, unless it is past, as all are that are 2^31 or more ahead. Appends
  /// what falls out of the window unseen.
  void mark(std::uint32_t sequence, std::vector<sequence_range>& missed);

  /// Declares everything up to that number seen or missed, and appends what was missed.
  void settle(std::uint32_t upto, std::vector<sequence_range>& missed);

  /// Whether it has begun.
  bool has_begun() const noexcept { return begun_; }

  /// The newest number seen or settled. Precondition: it has begun.
  std::uint32_t newest() const noexcept { return next_ - 1; }

  /// The number after those that are settled. Precondition: it has begun.
  std::uint32_t unsettled() const noexcept { return settled_; }

  /// How far `a` is ahead of `b`, negative if behind.
  static std::int32_t distance(std::uint32_t a, std::uint32_t b) noexcept {
    return static_cast<std::int32_t>(a - b);
  }

 private:
  bool is_seen(std::uint32_t sequence) const noexcept { return seen_[sequence % size]; }

  bool begun_ = false;
  std::uint32_t settled_ = 0;  ///< All before it are past.
  std::uint32_t next_ = 0;     ///< The newest plus 1.
  std::bitset<size> seen_;     ///< For the numbers from `settled_` to `next_`, by number % size.
};

}  // namespace dgram::lcm
