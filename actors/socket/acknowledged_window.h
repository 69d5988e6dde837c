/// How many bytes of events may be on their way to a receiver that acknowledges
/// them. Knows nothing of actors.
///
///   acknowledged_window window(1 << 20);
///   if (window.is_open() && window.count(size)) window.expect(number);
///   window.acknowledge(number);                   // and all before it
///
/// One event in eight parts of the limit is expected to be acknowledged, so that a
/// closed window always waits for an acknowledgement.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <list>
#include <utility>

namespace dgram {

class acknowledged_window {
 public:
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  /// Bytes that an event, or a datagram in one, costs beside its payload: its
  /// description on the way and its message at the receiver.
  static constexpr std::size_t overhead = 256;

  explicit acknowledged_window(std::size_t limit = unlimited) noexcept : limit_(limit) {}

  bool is_limited() const noexcept { return limit_ != unlimited; }

  /// Whether anything may go out. The last event may exceed the limit.
  bool is_open() const noexcept { return outstanding_ < limit_; }

  std::size_t room() const noexcept { return is_open() ? limit_ - outstanding_ : 0; }
  std::size_t outstanding() const noexcept { return outstanding_; }

  /// Counts bytes that go out. Whether they are to be acknowledged: `expect` then
  /// says by which number.
  bool count(std::size_t bytes) noexcept {
    outstanding_ += bytes;
    unasked_ += bytes;
    return unasked_ >= std::max<std::size_t>(limit_ / parts, 1);
  }

  /// What went out since the last call is acknowledged by this number, which is
  /// above those before it.
  void expect(std::uint64_t number) { expected_.push_back({number, std::exchange(unasked_, 0)}); }

  bool is_expecting() const noexcept { return !expected_.empty(); }

  /// Releases what went out up to this number. False if it is not expected, or no
  /// longer: a receiver may put an event off and acknowledge later ones first.
  bool acknowledge(std::uint64_t number) {
    const auto found =
        std::find_if(expected_.begin(), expected_.end(),
                     [number](const expectation& each) { return each.number == number; });
    if (found == expected_.end()) return false;
    std::for_each(expected_.begin(), std::next(found),
                  [this](const expectation& each) { outstanding_ -= each.bytes; });
    expected_.erase(expected_.begin(), std::next(found));
    return true;
  }

 private:
  static constexpr std::size_t parts = 8;

  struct expectation {
    std::uint64_t number;
    std::size_t bytes;
  };

  std::size_t limit_;
  std::size_t outstanding_ = 0;
  std::size_t unasked_ = 0;          ///< Of them, behind the last that is to be acknowledged.
  std::list<expectation> expected_;  ///< Without memory while it is empty.
};

}  // namespace dgram
