/// Holds a socket back until the actor that it serves is known.
#pragma once

#include <memory>
#include <utility>

#include "caf/actor_system.hpp"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/compat/job.h"
#include "caf_dgram/actors/compat/own_runner.h"
#include "caf_dgram/actors/loop/loop_home.h"

namespace dgram {

/// The socket is spawned to run here. Messages to it wait meanwhile, and so does the loop's end.
class held_start final : public own_runner {
 public:
  held_start(caf::actor_system& system, std::shared_ptr<loop_home> home)
      : own_runner(system), home_(std::move(home)) {
    home_->add_actor();
  }

  held_start(const held_start&) = delete;
  held_start& operator=(const held_start&) = delete;

  ~held_start() override {
    if (!is_released_) home_->remove_actor();
  }

  /// Has the loop start the socket with this listener and owner. Call it once, after the socket
  /// was spawned.
  void release(any_actor worker) {
    worker_ = std::move(worker);
    is_released_ = true;
    home_->inbox()->push(std::exchange(held_, {}));
    // From here on, the job keeps the loop.
    home_->remove_actor();
  }

  /// On the loop's thread, as the socket starts.
  any_actor take_worker() { return std::exchange(worker_, {}); }

 private:
  void run_later(job ready) override { held_ = std::move(ready); }

  const std::shared_ptr<loop_home> home_;
  job held_;
  any_actor worker_;
  bool is_released_ = false;
};

}  // namespace dgram
