/// Limits the bytes of unprocessed sends in an actor's mailbox. Independent of CAF.
///
///   if (!budget.admit(size)) {                                     // any thread
///     if (budget.refuse(datagrams, is_request)) remind_the_actor();
///   }
///   …
///   if (budget.leave(size)) report(budget.take_refused());         // the actor's
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace dgram {

class mailbox_budget {
 public:
  /// In bytes; the last message that is admitted may exceed it.
  explicit mailbox_budget(std::size_t limit) noexcept
      : return_at_(limit / granularity), limit_(limit) {}

  /// Whether there is room for a message of `size` bytes. Any thread.
  bool admit(std::size_t size) noexcept {
    if (waiting_.fetch_add(size, std::memory_order_relaxed) < limit_) return true;
    waiting_.fetch_sub(size, std::memory_order_relaxed);
    return false;
  }

  /// Counts the datagrams of a message that was not admitted, as unanswered unless
  /// `is_answered`. True for the first since `take_refused`: the actor may have handled
  /// all its messages meanwhile, so it has to be reminded to look. Any thread.
  bool refuse(std::uint64_t datagrams, bool is_answered) noexcept {
    // In this order: a reader that sees the refusal also sees that it was unanswered.
    if (!is_answered) unanswered_ += datagrams;
    return refused_.fetch_add(datagrams) == 0;
  }

  /// Whether at most half of the limit is used. Any thread.
  bool is_half_empty() const noexcept { return waiting() <= limit_ / 2; }

  /// Bytes. Any thread.
  std::size_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }

  /// A message of `size` bytes has left the mailbox. Room is returned for several
  /// messages at a time, to spare atomic operations; true if it was returned now, which
  /// is the time to look for refusals. The actor only.
  bool leave(std::size_t size) noexcept {
    leaving_ += size;
    if (leaving_ < return_at_) return false;
    waiting_.fetch_sub(std::exchange(leaving_, 0), std::memory_order_relaxed);
    return true;
  }

  struct refusals {
    std::uint64_t datagrams = 0;
    std::uint64_t unanswered = 0;  ///< Those sent asynchronously.
  };

  /// What was refused since the last call. The actor only.
  refusals take_refused() noexcept {
    if (refused_.load(std::memory_order_relaxed) == 0) return {};
    return {refused_.exchange(0), unanswered_.exchange(0)};
  }

 private:
  static constexpr std::size_t granularity = 16;

  // Rather than alignas, which GCC's address sanitizer does not observe on the stack.
  using cache_line = std::array<char, 64>;

  // Used by the actor for each message.
  const std::size_t return_at_;
  std::size_t leaving_ = 0;

  // Used by the senders for each message: in a cache line that the actor rarely touches.
  [[maybe_unused]] const cache_line before_{};
  std::atomic<std::size_t> waiting_{0};
  const std::size_t limit_;
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> unanswered_{0};
  [[maybe_unused]] const cache_line after_{};
};

}  // namespace dgram
