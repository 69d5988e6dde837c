/// Memory shared by payloads: reference-counted, and freed or recycled with the
/// last reference.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace dgram {

/// Created with one reference, its creator's. Any thread.
class byte_owner {
 public:
  byte_owner() noexcept = default;
  byte_owner(const byte_owner&) = delete;
  byte_owner& operator=(const byte_owner&) = delete;

  /// Adds `count` references with one atomic operation.
  void acquire(std::uint32_t count = 1) noexcept {
    references_.fetch_add(count, std::memory_order_relaxed);
  }

  void release(std::uint32_t count = 1) noexcept {
    if (references_.fetch_sub(count, std::memory_order_acq_rel) == count) reclaim();
  }

  /// Bytes of memory that it keeps alive; 0 if unknown.
  virtual std::size_t footprint() const noexcept { return 0; }

 protected:
  virtual ~byte_owner() = default;

  /// The last reference is gone.
  virtual void reclaim() noexcept = 0;

  /// Resets a reclaimed object to one reference.
  void reuse() noexcept { references_.store(1, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> references_{1};
};

/// One reference, or none.
class byte_owner_ref {
 public:
  byte_owner_ref() noexcept = default;

  /// Takes over the caller's reference.
  static byte_owner_ref adopt(byte_owner* owner) noexcept { return byte_owner_ref(owner); }

  byte_owner_ref(const byte_owner_ref& other) noexcept : owner_(other.owner_) {
    if (owner_ != nullptr) owner_->acquire();
  }
  byte_owner_ref(byte_owner_ref&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
  byte_owner_ref& operator=(byte_owner_ref other) noexcept {
    std::swap(owner_, other.owner_);
    return *this;
  }
  ~byte_owner_ref() {
    if (owner_ != nullptr) owner_->release();
  }

  byte_owner* get() const noexcept { return owner_; }

 private:
  explicit byte_owner_ref(byte_owner* owner) noexcept : owner_(owner) {}

  byte_owner* owner_ = nullptr;
};

/// Several references to one owner, acquired together; those not taken are given back.
class byte_owner_refs {
 public:
  byte_owner_refs(const byte_owner_ref& owner, std::size_t count) noexcept
      : owner_(owner.get()), left_(static_cast<std::uint32_t>(count)) {
    if (owner_ != nullptr && left_ > 0) owner_->acquire(left_);
  }
  byte_owner_refs(const byte_owner_refs&) = delete;
  byte_owner_refs& operator=(const byte_owner_refs&) = delete;
  ~byte_owner_refs() {
    if (owner_ != nullptr && left_ > 0) owner_->release(left_);
  }

  /// Precondition: one is left.
  byte_owner_ref take() noexcept {
    --left_;
    return byte_owner_ref::adopt(owner_);
  }

 private:
  byte_owner* owner_;
  std::uint32_t left_;
};

}  // namespace dgram
