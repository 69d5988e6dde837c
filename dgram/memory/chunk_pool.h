/// Memory for received datagrams, recycled, so that receiving allocates nothing
/// in steady state.
///
///   auto pool = chunk_pool::make(4 << 20);
///   auto c = pool->take(1500);               // at least 1500 bytes
///   std::memcpy(c->data(), …);
///   payload p = payload::view_of(chunk::share(std::move(c)), {data, size});
///
/// A chunk returns to its pool with the last payload over it, on any thread,
/// and keeps the pool alive.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "caf_dgram/dgram/byte_owner.h"
#include "caf_dgram/dgram/memory/memory_account.h"

namespace dgram {

class chunk_pool;

/// A piece of writable memory. One thread uses it until it is shared.
class chunk final : public byte_owner {
 public:
  explicit chunk(std::size_t capacity) : memory_(new char[capacity]), capacity_(capacity) {}

  char* data() noexcept { return memory_.get(); }
  std::size_t capacity() const noexcept { return capacity_; }
  std::size_t footprint() const noexcept override { return capacity_; }

  /// Charges the chunk's memory to an account until it returns to its pool.
  void charge_to(std::shared_ptr<memory_account> account) noexcept {
    charge_ = memory_charge(std::move(account), capacity_);
  }

  /// Charges memory that is needed along with it.
  void charge_more(std::size_t bytes) noexcept { charge_.add(bytes); }

  /// Turns the chunk into a reference for payloads; it is read-only from now
  /// on.
  static byte_owner_ref share(std::unique_ptr<chunk> what) noexcept {
    return byte_owner_ref::adopt(what.release());
  }

  ~chunk() override;

 private:
  friend class chunk_pool;

  void reclaim() noexcept override;

  // Uninitialized, so that untouched pages take no memory.
  std::unique_ptr<char[]> memory_;  // NOLINT(modernize-avoid-c-arrays)
  std::size_t capacity_;
  std::shared_ptr<chunk_pool> home_;  ///< Null while it is in the pool.
  memory_charge charge_;
};

/// Any thread.
class chunk_pool : public std::enable_shared_from_this<chunk_pool> {
 public:
  /// Sizes of chunks; a request for more gets a chunk of its own size. The
  /// largest one here holds any UDP datagram and any run that UDP_GRO merges.
  static constexpr std::array<std::size_t, 5> sizes{256, 1024, 4096, 16'384, 65'536};

  /// A pool that keeps at most `cache_limit` bytes of unused chunks.
  static std::shared_ptr<chunk_pool> make(std::size_t cache_limit);

  /// A chunk of at least `at_least` bytes with unspecified content.
  std::unique_ptr<chunk> take(std::size_t at_least);

  /// Bytes of unused chunks.
  std::size_t cached() const;

  /// Chunks taken and not returned yet.
  std::size_t in_use() const noexcept { return in_use_; }

 private:
  friend class chunk;

  explicit chunk_pool(std::size_t cache_limit) : cache_limit_(cache_limit) {}

  void give_back(std::unique_ptr<chunk> what) noexcept;

  const std::size_t cache_limit_;
  mutable std::mutex mutex_;
  std::array<std::vector<std::unique_ptr<chunk>>, sizes.size()> unused_;
  std::size_t cached_ = 0;
  std::atomic<std::size_t> in_use_{0};
};

}  // namespace dgram
