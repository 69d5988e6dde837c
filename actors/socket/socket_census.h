/// Counts a runtime's sockets, so that it can wait for them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace dgram {

/// Any thread.
class socket_census {
 public:
  /// A socket was opened; `referenced` ones are waited for.
  void add(bool referenced) {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++open_;
    ++opened_;
    if (referenced) ++referenced_;
  }

  /// A socket ended.
  void remove(bool referenced) {
    const std::lock_guard<std::mutex> guard(mutex_);
    --open_;
    if (referenced && --referenced_ == 0) none_referenced_.notify_all();
  }

  std::size_t open() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return open_;
  }

  /// All that there ever were.
  std::uint64_t opened() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return opened_;
  }

  /// Blocks until no referenced socket is left.
  void await_none_referenced() {
    std::unique_lock<std::mutex> lock(mutex_);
    none_referenced_.wait(lock, [this] { return referenced_ == 0; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable none_referenced_;
  std::size_t open_ = 0;
  std::uint64_t opened_ = 0;
  std::size_t referenced_ = 0;
};

}  // namespace dgram
