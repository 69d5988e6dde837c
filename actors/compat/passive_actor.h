/// An actor without mailbox and thread, which handles messages where they are sent.
#pragma once

#include <utility>

#include "caf/actor_cast.hpp"
#include "caf/actor_config.hpp"
#include "caf/actor_system.hpp"
#include "caf/make_actor.hpp"
#include "caf/system_messages.hpp"
#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/compat/runner.h"
#include "caf_dgram/actors/compat/sending.h"
#if CAF_MAJOR_VERSION >= 1
#include "caf/abstract_actor.hpp"
#else
#include "caf/monitorable_actor.hpp"
#endif
#ifndef CAF_DGRAM_AFTER_CAF_1_1
#include "caf/default_attachable.hpp"
#endif

namespace dgram {

#if CAF_MAJOR_VERSION >= 1
using passive_base = caf::abstract_actor;
#else
using passive_base = caf::monitorable_actor;
#endif

/// Ends by an exit message, by the end of the actor that it watches, and when nobody
/// has a handle to it any more.
class passive_actor : public passive_base {
 public:
#ifdef CAF_DGRAM_AFTER_CAF_1_1
  passive_actor() : passive_actor(caf::actor_config(caf::no_spawn_options)) {}
#else
  passive_actor() : passive_actor(caf::actor_config()) {}
#endif

#if CAF_MAJOR_VERSION >= 1
  bool enqueue(caf::mailbox_element_ptr element, actor_runner* runs_on) final {
    take_in(std::move(element), runs_on);
    return !is_terminated();
  }
#else
  void enqueue(caf::mailbox_element_ptr element, actor_runner* runs_on) final {
    take_in(std::move(element), runs_on);
  }
#endif

  /// Ends with `other`. Call it once, first.
  template <class Handle>
  void end_with(const Handle& other) {
    watched_ = other.address();
    auto* watched = caf::actor_cast<caf::abstract_actor*>(other);
#ifdef CAF_DGRAM_AFTER_CAF_1_1
    watched->attach_functor([self = address(), at = watched_](const caf::error& reason) {
      const auto strong = caf::actor_cast<caf::strong_actor_ptr>(self);
      if (!strong) return;
      send_shared(nullptr, strong, caf::make_message_id(),
                  caf::make_message(caf::down_msg{at, reason}), nullptr);
    });
#else
    watched->attach(caf::default_attachable::make_monitor(watched_, address()));
#endif
  }

#if CAF_MAJOR_VERSION >= 1
  /// Required of every actor; here there is nothing to do.
  void setup_metrics() {}
#ifdef CAF_DGRAM_AFTER_CAF_1_1
  bool try_force_close_mailbox() override { return true; }
#else
  void force_close_mailbox() override {}
#endif

  void on_unreachable() override {
    stop_watching();
    caf::abstract_actor::on_unreachable();
  }

  void on_cleanup(const caf::error& reason) override {
    on_end(nullptr);
    caf::abstract_actor::on_cleanup(reason);
  }
#else
  void on_destroy() override {
    cleanup(caf::error(caf::exit_reason::unreachable), nullptr);
    stop_watching();
  }

  bool cleanup(caf::error&& reason, actor_runner* runs_on) override {
    on_end(runs_on);
    return caf::monitorable_actor::cleanup(std::move(reason), runs_on);
  }
#endif

 protected:
  /// Any thread, and many at a time.
  virtual void handle(caf::mailbox_element_ptr element, actor_runner* runs_on) = 0;

  /// The actor ends; may be called again.
  virtual void on_end(actor_runner* runs_on) = 0;

 private:
  explicit passive_actor(caf::actor_config&& config) : passive_base(config) {}

  void take_in(caf::mailbox_element_ptr element, actor_runner* runs_on) {
    if (!handle_exit_or_down(*element, runs_on)) handle(std::move(element), runs_on);
  }

#if CAF_MAJOR_VERSION >= 1
  bool handle_exit_or_down(const caf::mailbox_element& element, actor_runner* runs_on) {
    const auto& content = element.content();
    if (content.match_elements<caf::exit_msg>()) {
      auto reason = content.get_as<caf::exit_msg>(0).reason;
      unlink_from(content.get_as<caf::exit_msg>(0).source);
      if (reason) cleanup(std::move(reason), runs_on);
      return true;
    }
    if (!content.match_elements<caf::down_msg>()) return false;
    const auto& down = content.get_as<caf::down_msg>(0);
    if (watched_ && down.source == watched_) cleanup(caf::error(down.reason), runs_on);
    return true;
  }
#else
  bool handle_exit_or_down(caf::mailbox_element& element, actor_runner* runs_on) {
    auto on_down = [&](caf::down_msg& down) {
      if (watched_ && down.source == watched_) cleanup(std::move(down.reason), runs_on);
    };
    return handle_system_message(element, runs_on, false, on_down);
  }
#endif

#ifdef CAF_DGRAM_AFTER_CAF_1_1
  // What is attached stays until the watched actor ends.
  void stop_watching() {}
#else
  void stop_watching() {
    if (const auto other = caf::actor_cast<caf::strong_actor_ptr>(watched_)) {
      other->get()->detach(
          caf::default_attachable::observe_token{address(), caf::default_attachable::monitor});
    }
  }
#endif

  caf::actor_addr watched_;
};

/// Starts a passive actor in the system of another one.
template <class Handle, class Actor, class... Arguments>
Handle spawn_passive(caf::actor_system& system, Arguments&&... arguments) {
  return caf::make_actor<Actor, Handle>(system.next_actor_id(), system.node(), &system,
                                        std::forward<Arguments>(arguments)...);
}

}  // namespace dgram
