/// Reports the end of other actors.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_addr.hpp"
#include "caf/scheduled_actor.hpp"

namespace dgram {

/// Used on the thread of the actor that watches.
class death_watches {
 public:
  using callback = std::function<void(const caf::actor_addr& who, const caf::error& reason)>;

  explicit death_watches(caf::scheduled_actor& self) : self_(self) {}

  /// Sets what to do when a watched actor ends. Call it first.
  void on_end(callback what) {
    self_.set_down_handler([this, what = std::move(what)](const caf::down_msg& down) {
      if (watched_.erase(down.source) > 0) what(down.source, down.reason);
    });
  }

  /// Watches an actor; calls are counted.
  void watch(const caf::actor& who) {
    if (watched_[who.address()]++ == 0) self_.monitor(who);
  }

  /// Undoes one `watch`.
  void forget(const caf::actor& who) {
    const auto found = watched_.find(who.address());
    if (found == watched_.end() || --found->second > 0) return;
    watched_.erase(found);
    self_.demonitor(who);
  }

 private:
  caf::scheduled_actor& self_;
  std::map<caf::actor_addr, std::size_t> watched_;
};

}  // namespace dgram
