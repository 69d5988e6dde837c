/// How much of what is to be sent may wait in a mailbox before its actor gets to
/// look at it. Knows nothing of actors.
///
///   if (!budget.admit(size, datagrams, is_request)) refuse(…);     // any thread
///   …
///   if (budget.leave(size)) tell(budget.take_refused());           // the actor's
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace dgram {

class mailbox_budget {
 public:
  /// The last message that is admitted may exceed the limit.
  explicit mailbox_budget(std::size_t limit) noexcept : limit_(limit) {}

  /// Whether there is room for a message of that many bytes. If not, its
  /// datagrams count as refused; `is_told` if their sender learns it by an answer.
  /// Any thread.
  bool admit(std::size_t size, std::uint64_t datagrams, bool is_told) noexcept {
    if (waiting_.fetch_add(size, std::memory_order_relaxed) < limit_) return true;
    waiting_.fetch_sub(size, std::memory_order_relaxed);
    // In this order: who finds it refused finds it untold.
    if (!is_told) untold_ += datagrams;
    refused_ += datagrams;
    return false;
  }

  /// Whether no more than half of it is used. Any thread.
  bool is_half_empty() const noexcept { return waiting() <= limit_ / 2; }

  /// Bytes. Any thread.
  std::size_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }

  /// A message has left the mailbox. True if that made room, which it does for
  /// several together: time to see who was refused. The actor only.
  bool leave(std::size_t size) noexcept {
    leaving_ += size;
    if (leaving_ < limit_ / granularity) return false;
    waiting_.fetch_sub(std::exchange(leaving_, 0), std::memory_order_relaxed);
    return true;
  }

  struct refusals {
    std::uint64_t datagrams = 0;
    std::uint64_t untold = 0;  ///< Those whose senders were not answered.
  };

  /// What was refused since the last call. The actor only.
  refusals take_refused() noexcept {
    if (refused_.load(std::memory_order_relaxed) == 0) return {};
    return {refused_.exchange(0), untold_.exchange(0)};
  }

 private:
  static constexpr std::size_t granularity = 16;

  const std::size_t limit_;
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> untold_{0};
  std::size_t leaving_ = 0;
};

}  // namespace dgram
