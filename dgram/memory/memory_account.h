/// Counts the memory held by received datagrams against a limit, and reports
/// when enough of it has been released.
///
///   auto account = std::make_shared<memory_account>(8 << 20, [] { wake(); });
///   memory_charge held(account, 65'536);       // until it is destroyed
///   if (account->is_full() && account->await_room()) …   // `wake` will be called
///
/// The limit is advisory: callers check `is_full`; charges always succeed.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace dgram {

/// Any thread, except for `await_room`.
class memory_account {
 public:
  /// `on_room` is called on the thread that released the memory.
  memory_account(std::size_t limit, std::function<void()> on_room)
      : limit_(limit), on_room_(std::move(on_room)) {}

  std::size_t limit() const noexcept { return limit_; }

  /// Bytes held.
  std::size_t held() const noexcept { return held_.load(std::memory_order_relaxed); }

  /// Bytes until it is full.
  std::size_t room() const noexcept {
    const auto used = held();
    return used < limit_ ? limit_ - used : 0;
  }

  bool is_full() const noexcept { return room() == 0; }

  /// Requests one call of `on_room` once at most half of the limit is held.
  /// Returns false, and makes no call, if that is already so. One thread.
  bool await_room() noexcept;

  /// Whether a call of `on_room` is pending.
  bool is_awaited() const noexcept { return awaited_; }

 private:
  friend class memory_charge;

  bool has_room_again() const noexcept { return held_ <= limit_ / 2; }
  void add(std::size_t bytes) noexcept { held_ += bytes; }
  void remove(std::size_t bytes) noexcept;

  const std::size_t limit_;
  const std::function<void()> on_room_;
  std::atomic<std::size_t> held_{0};
  std::atomic<bool> awaited_{false};
};

/// Bytes charged to an account until the charge is destroyed.
class memory_charge {
 public:
  memory_charge() noexcept = default;
  memory_charge(std::shared_ptr<memory_account> account, std::size_t bytes) noexcept
      : account_(std::move(account)) {
    add(bytes);
  }
  memory_charge(memory_charge&& other) noexcept
      : account_(std::move(other.account_)), bytes_(std::exchange(other.bytes_, 0)) {}
  memory_charge& operator=(memory_charge&& other) noexcept {
    std::swap(account_, other.account_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~memory_charge() {
    if (account_) account_->remove(bytes_);
  }

  /// Does nothing without an account.
  void add(std::size_t bytes) noexcept {
    if (!account_) return;
    bytes_ += bytes;
    account_->add(bytes);
  }

 private:
  std::shared_ptr<memory_account> account_;
  std::size_t bytes_ = 0;
};

}  // namespace dgram
