/// An actor without mailbox and thread, which handles messages where they are sent.
#pragma once

#include <utility>

#include "caf/actor_cast.hpp"
#include "caf/actor_config.hpp"
#include "caf/actor_system.hpp"
#include "caf/default_attachable.hpp"
#include "caf/make_actor.hpp"
#include "caf/monitorable_actor.hpp"
#include "caf_dgram/actors/compat/runner.h"

namespace dgram {

/// Ends by an exit message, by the end of the actor that it watches, and when nobody
/// has a handle to it any more.
class passive_actor : public caf::monitorable_actor {
 public:
  passive_actor() : passive_actor(caf::actor_config()) {}

  void enqueue(caf::mailbox_element_ptr element, actor_runner* runs_on) final {
    const auto on_down = [&](caf::down_msg& down) {
      if (watched_ && down.source == watched_) cleanup(std::move(down.reason), runs_on);
    };
    if (handle_system_message(*element, runs_on, false, on_down)) return;
    handle(std::move(element), runs_on);
  }

  /// Ends with `other`. Call it once, first.
  template <class Handle>
  void end_with(const Handle& other) {
    watched_ = other.address();
    caf::actor_cast<caf::abstract_actor*>(other)->attach(
        caf::default_attachable::make_monitor(watched_, address()));
  }

  void on_destroy() override {
    cleanup(caf::error(caf::exit_reason::unreachable), nullptr);
    if (const auto other = caf::actor_cast<caf::strong_actor_ptr>(watched_)) {
      other->get()->detach(
          caf::default_attachable::observe_token{address(), caf::default_attachable::monitor});
    }
  }

 protected:
  /// Any thread, and many at a time.
  virtual void handle(caf::mailbox_element_ptr element, actor_runner* runs_on) = 0;

 private:
  explicit passive_actor(caf::actor_config&& config) : caf::monitorable_actor(config) {}

  caf::actor_addr watched_;
};

/// Starts a passive actor in the system of another one.
template <class Handle, class Actor, class... Arguments>
Handle spawn_passive(caf::actor_system& system, Arguments&&... arguments) {
  return caf::make_actor<Actor, Handle>(system.next_actor_id(), system.node(), &system,
                                        std::forward<Arguments>(arguments)...);
}

}  // namespace dgram
