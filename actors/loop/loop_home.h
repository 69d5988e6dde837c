/// What a loop shares with the actors that live on it. May outlive the loop, as their
/// handles do.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "caf/actor_system.hpp"
#include "caf_dgram/actors/compat/death_registry.h"
#include "caf_dgram/actors/compat/job.h"
#include "caf_dgram/actors/compat/own_runner.h"
#include "caf_dgram/actors/loop/loop_inbox.h"
#include "caf_dgram/actors/loop/run_watch.h"

namespace dgram {

/// Any thread, unless a member's class says otherwise.
class loop_home final : public own_runner {
 public:
  loop_home(caf::actor_system& system, std::shared_ptr<loop_inbox> inbox)
      : own_runner(system),
        inbox_(std::move(inbox)),
        watch_(std::make_shared<run_watch>()),
        deaths_(std::make_shared<death_registry>()) {}

  const std::shared_ptr<loop_inbox>& inbox() const noexcept { return inbox_; }
  const std::shared_ptr<run_watch>& watch() const noexcept { return watch_; }

  /// For the sockets here.
  const std::shared_ptr<death_registry>& deaths() const noexcept { return deaths_; }

  /// The program's actors here. The loop does not end before them.
  std::size_t actors() const noexcept { return actors_; }

  void add_actor() noexcept { ++actors_; }

  void remove_actor() {
    --actors_;
    // The loop may be waiting for this, unless it is the one that calls.
    if (!inbox_->is_this_thread()) inbox_->nudge();
  }

 private:
  void run_later(job ready) override { inbox_->push(std::move(ready)); }

  const std::shared_ptr<loop_inbox> inbox_;
  const std::shared_ptr<run_watch> watch_;
  const std::shared_ptr<death_registry> deaths_;
  std::atomic<std::size_t> actors_{0};
};

}  // namespace dgram
