/// Holds a socket back until the actor that it serves is known.
#pragma once

#include <memory>
#include <utility>

#include "caf/actor_system.hpp"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/compat/job.h"
#include "caf_dgram/actors/compat/own_runner.h"
#include "caf_dgram/actors/loop/loop_inbox.h"

namespace dgram {

/// The socket is spawned to run here. Messages to it wait meanwhile.
class held_start final : public own_runner {
 public:
  held_start(caf::actor_system& system, std::shared_ptr<loop_inbox> inbox)
      : own_runner(system), inbox_(std::move(inbox)) {}

  /// Has the loop start the socket with this listener and owner. Call it once, after the socket
  /// was spawned.
  void release(any_actor worker) {
    worker_ = std::move(worker);
    inbox_->push(std::exchange(held_, {}));
  }

  /// On the loop's thread, as the socket starts.
  any_actor take_worker() { return std::exchange(worker_, {}); }

 private:
  void run_later(job ready) override { held_ = std::move(ready); }

  const std::shared_ptr<loop_inbox> inbox_;
  job held_;
  any_actor worker_;
};

}  // namespace dgram
