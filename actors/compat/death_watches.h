/// Reports the end of other actors.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_addr.hpp"
#include "caf/scheduled_actor.hpp"
#include "caf_dgram/actors/compat/death_registry.h"

namespace dgram {

/// Used on the thread of the actor that watches, which passes on each `watched_ended`.
class death_watches {
 public:
  using callback = std::function<void(const caf::actor_addr& who, const caf::error& reason)>;

  death_watches(caf::scheduled_actor& self, std::shared_ptr<death_registry> registry)
      : self_(self), registry_(std::move(registry)) {}

  /// Sets what to do when a watched actor ends. Call it first.
  void on_end(callback what) { what_ = std::move(what); }

  /// Watches an actor; calls are counted.
  void watch(const caf::actor& who) {
    if (counts_[who.address()]++ == 0) registry_->watch(who, self_.address());
  }

  /// Undoes one `watch`.
  void forget(const caf::actor& who) {
    const auto found = counts_.find(who.address());
    if (found == counts_.end() || --found->second > 0) return;
    counts_.erase(found);
    registry_->forget(who.address(), self_.address());
  }

  /// Undoes every `watch`.
  void forget_all() {
    for (const auto& [who, count] : std::exchange(counts_, {})) {
      registry_->forget(who, self_.address());
    }
  }

  void handle(const watched_ended& event) {
    if (counts_.erase(event.who) > 0) what_(event.who, event.reason);
  }

 private:
  caf::scheduled_actor& self_;
  const std::shared_ptr<death_registry> registry_;
  callback what_;
  std::map<caf::actor_addr, std::size_t> counts_;
};

}  // namespace dgram
