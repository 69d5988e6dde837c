#include "caf_dgram/dgram/memory/chunk_pool.h"

#include <algorithm>
#include <utility>

namespace dgram {
namespace {

std::size_t size_class(std::size_t bytes) {
  const auto& sizes = chunk_pool::sizes;
  return static_cast<std::size_t>(std::lower_bound(sizes.begin(), sizes.end(), bytes) -
                                  sizes.begin());
}

}  // namespace

void chunk::reclaim() noexcept {
  std::unique_ptr<chunk> self(this);
  // Taken off the account last, when the memory is already free.
  const memory_charge charged = std::move(charge_);
  if (const auto home = std::exchange(home_, nullptr)) home->give_back(std::move(self));
}

chunk::~chunk() {
  // It was taken and never shared.
  if (home_) --home_->in_use_;
}

std::shared_ptr<chunk_pool> chunk_pool::make(std::size_t cache_limit) {
  std::shared_ptr<chunk_pool> pool(new chunk_pool(cache_limit));
  // So that returning a chunk never allocates.
  for (std::size_t i = 0; i < sizes.size(); ++i) pool->unused_[i].reserve(cache_limit / sizes[i]);
  return pool;
}

std::unique_ptr<chunk> chunk_pool::take(std::size_t at_least) {
  const auto kind = size_class(at_least);
  std::unique_ptr<chunk> result;
  if (kind < sizes.size()) {
    const std::lock_guard<std::mutex> guard(mutex_);
    auto& unused = unused_[kind];
    if (!unused.empty()) {
      result = std::move(unused.back());
      unused.pop_back();
      cached_ -= result->capacity();
      result->reuse();
    }
  }
  if (!result) result = std::make_unique<chunk>(kind < sizes.size() ? sizes[kind] : at_least);
  result->home_ = shared_from_this();
  ++in_use_;
  return result;
}

std::size_t chunk_pool::cached() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return cached_;
}

void chunk_pool::give_back(std::unique_ptr<chunk> what) noexcept {
  --in_use_;
  const auto kind = size_class(what->capacity());
  if (kind == sizes.size()) return;
  const std::lock_guard<std::mutex> guard(mutex_);
  if (cached_ + what->capacity() > cache_limit_) return;
  cached_ += what->capacity();
  unused_[kind].push_back(std::move(what));
}

}  // namespace dgram
