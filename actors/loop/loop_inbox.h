/// The queue of actors that a loop has to run because they got messages. May outlive
/// its loop, as the actors' handles do.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <thread>
#include <utility>

#include "caf_dgram/actors/compat/job.h"
#include "caf_dgram/actors/loop/run_queue.h"

namespace dgram {

class loop_inbox {
 public:
  explicit loop_inbox(std::function<void()> wake) : incoming_(std::move(wake)) {}

  /// Declares the calling thread to be the loop's. Call before any push.
  void belong_to_this_thread() { thread_ = std::this_thread::get_id(); }

  /// Closes the inbox because the loop ends; false if it still has work.
  bool close() {
    if (!runnable_.empty() || !incoming_.close_if_empty()) return false;
    thread_ = std::thread::id();
    return true;
  }

  bool is_this_thread() const { return std::this_thread::get_id() == thread_.load(); }

  /// Has the loop run a job; after the loop's end the job is only released. Any thread.
  void push(job next) {
    if (is_this_thread()) {
      runnable_.push_back(std::move(next));
    } else {
      incoming_.push(std::move(next));
    }
  }

  /// Wakes the loop. Any thread.
  void nudge() { incoming_.nudge(); }

  // -- the loop's thread ------------------------------------------------------

  run_queue<job>& incoming() noexcept { return incoming_; }
  std::deque<job>& runnable() noexcept { return runnable_; }

 private:
  run_queue<job> incoming_;
  std::deque<job> runnable_;
  std::atomic<std::thread::id> thread_{};
};

}  // namespace dgram
