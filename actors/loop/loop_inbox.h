/// How messages bring a loop's actors to run. It may outlive its loop, as the
/// handles of the actors do.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <thread>
#include <utility>

#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/loop/run_queue.h"

namespace dgram {

class loop_inbox {
 public:
  explicit loop_inbox(std::function<void()> wake) : incoming_(std::move(wake)) {}

  /// Says which thread is the loop's. Call it there, before any push.
  void belong_to_this_thread() { thread_ = std::this_thread::get_id(); }

  /// The loop has nothing left and ends, unless something came: then false.
  bool close() {
    if (!runnable_.empty() || !incoming_.close_if_empty()) return false;
    thread_ = std::thread::id();
    return true;
  }

  bool is_this_thread() const { return std::this_thread::get_id() == thread_.load(); }

  /// Has the loop run a job whose reference it takes over. Any thread; after the
  /// loop's end the job is only released.
  void push(caf::resumable* job) {
    if (is_this_thread()) {
      runnable_.push_back(job);
    } else if (!incoming_.push(job)) {
      caf::intrusive_ptr_release(job);
    }
  }

  /// Makes the loop look around. Any thread.
  void nudge() { incoming_.nudge(); }

  // -- the loop's thread ------------------------------------------------------

  run_queue<caf::resumable*>& incoming() noexcept { return incoming_; }
  std::deque<caf::resumable*>& runnable() noexcept { return runnable_; }

 private:
  run_queue<caf::resumable*> incoming_;
  std::deque<caf::resumable*> runnable_;
  std::atomic<std::thread::id> thread_{};
};

}  // namespace dgram
