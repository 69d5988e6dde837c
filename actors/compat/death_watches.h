/// Reports the end of other actors.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <utility>

#include "caf/actor.hpp"
#include "caf/actor_addr.hpp"
#include "caf/config.hpp"
#include "caf/scheduled_actor.hpp"
#if CAF_MAJOR_VERSION >= 1
#include "caf/disposable.hpp"
#endif

namespace dgram {

/// Used on the thread of the actor that watches.
class death_watches {
 public:
  using callback = std::function<void(const caf::actor_addr& who, const caf::error& reason)>;

  explicit death_watches(caf::scheduled_actor& self) : self_(self) {}

  /// Sets what to do when a watched actor ends. Call it first.
  void on_end(callback what) {
#if CAF_MAJOR_VERSION >= 1
    what_ = std::move(what);
#else
    self_.set_down_handler([this, what = std::move(what)](const caf::down_msg& down) {
      if (watched_.erase(down.source) > 0) what(down.source, down.reason);
    });
#endif
  }

  /// Watches an actor; calls are counted.
  void watch(const caf::actor& who) {
    auto& entry = watched_[who.address()];
    if (entry.count++ > 0) return;
#if CAF_MAJOR_VERSION >= 1
    entry.monitor = self_.monitor(who, [this, at = who.address()](const caf::error& reason) {
      if (watched_.erase(at) > 0) what_(at, reason);
    });
#else
    self_.monitor(who);
#endif
  }

  /// Undoes one `watch`.
  void forget(const caf::actor& who) {
    const auto found = watched_.find(who.address());
    if (found == watched_.end() || --found->second.count > 0) return;
#if CAF_MAJOR_VERSION >= 1
    found->second.monitor.dispose();
#else
    self_.demonitor(who);
#endif
    watched_.erase(found);
  }

 private:
  struct entry {
    std::size_t count = 0;
#if CAF_MAJOR_VERSION >= 1
    caf::disposable monitor;
#endif
  };

  caf::scheduled_actor& self_;
#if CAF_MAJOR_VERSION >= 1
  callback what_;
#endif
  std::map<caf::actor_addr, entry> watched_;
};

}  // namespace dgram
