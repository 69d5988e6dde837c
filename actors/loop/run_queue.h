/// Work handed to a thread by others, with sleep and wake-up. Independent of CAF, so
/// that a thread sanitizer sees all of it.
///
///   run_queue<job*> queue([&] { poller->wake(); });
///   queue.push(j);                              // any thread
///   …
///   queue.take(batch);                          // the consumer
///   if (queue.prepare_to_sleep()) poller->wait(…);
///   queue.stay_awake();
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace dgram {

/// Many producers, one consumer.
template <class T>
class run_queue {
 public:
  /// `wake` ends the consumer's sleep. It is called by the first producer after the
  /// consumer fell asleep, on that producer's thread.
  explicit run_queue(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// Adds an item and wakes the consumer if it sleeps. Does nothing and returns false
  /// once the queue is closed. Any thread.
  bool push(T item) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (closed_) return false;
    items_.push_back(std::move(item));
    wake_if_asleep();
    return true;
  }

  /// Wakes the consumer without an item. Any thread.
  void nudge() {
    const std::lock_guard<std::mutex> guard(mutex_);
    nudged_ = true;
    wake_if_asleep();
  }

  /// Swaps the queued items with `batch`, which must be empty. Consumer only.
  void take(std::vector<T>& batch) {
    const std::lock_guard<std::mutex> guard(mutex_);
    nudged_ = false;
    items_.swap(batch);
  }

  /// Whether there are items or a nudge. Consumer only.
  bool has_work() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return nudged_ || !items_.empty();
  }

  /// Announces that the consumer is about to sleep; false if it must not, because there
  /// is work. Consumer only.
  bool prepare_to_sleep() {
    const std::lock_guard<std::mutex> guard(mutex_);
    asleep_ = items_.empty() && !nudged_;
    return asleep_;
  }

  /// Closes the queue if it is empty: no push succeeds from then on. Consumer only.
  bool close_if_empty() {
    const std::lock_guard<std::mutex> guard(mutex_);
    closed_ = items_.empty();
    return closed_;
  }

  /// Announces that the consumer is awake, whatever woke it. Consumer only.
  void stay_awake() {
    const std::lock_guard<std::mutex> guard(mutex_);
    asleep_ = false;
  }

 private:
  // Called under the lock, so that the consumer cannot end and destroy what `wake_`
  // uses before the producer is done.
  void wake_if_asleep() {
    if (std::exchange(asleep_, false)) wake_();
  }

  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::vector<T> items_;
  bool asleep_ = false;
  bool nudged_ = false;
  bool closed_ = false;
};

}  // namespace dgram
