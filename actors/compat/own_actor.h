/// The base of actors that decide what enters their mailbox, and the way to spawn them.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "caf/actor_config.hpp"
#include "caf/actor_system.hpp"
#include "caf/behavior.hpp"
#include "caf/error.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/message.hpp"
#include "caf/scheduled_actor.hpp"
#include "caf/spawn_options.hpp"
#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/compat/runner.h"
#if CAF_MAJOR_VERSION >= 1
#include "caf_dgram/actors/compat/open_mailbox.h"
#endif

namespace dgram {

/// Adds `take_in` to one of CAF's actor classes.
template <class Base>
class own_actor : public Base {
 public:
  using Base::Base;

#ifndef CAF_DGRAM_AFTER_CAF_1_1
  caf::resumable::subtype_t subtype() const noexcept override {
    return runs_on_loop() ? caf::resumable::io_actor : Base::subtype();
  }

  caf::resumable::resume_result resume(actor_runner* runs_on, std::size_t messages) override {
    return Base::resume(runs_on, messages_in_a_run(messages));
  }
#endif

#if CAF_MAJOR_VERSION >= 1
  bool enqueue(caf::mailbox_element_ptr element, actor_runner* sender_runs_on) final {
    take_in(std::move(element), sender_runs_on);
    return !this->mailbox().closed();
  }
#else
  void enqueue(caf::mailbox_element_ptr element, actor_runner* sender_runs_on) final {
    take_in(std::move(element), sender_runs_on);
  }
#endif

 protected:
  /// Whether it runs on what it was spawned on, and never on CAF's scheduler.
  virtual bool runs_on_loop() const noexcept { return false; }

  /// How many messages it handles before others run, which by default are so many. Later versions
  /// than CAF 1.1 have one limit for all actors of a system.
  virtual std::size_t messages_in_a_run(std::size_t usual) const noexcept { return usual; }

  /// A message has been sent to the actor. Any thread, also while the actor is constructed, if
  /// its base class hands out its address.
  virtual void take_in(caf::mailbox_element_ptr element, actor_runner* sender_runs_on) {
    Base::enqueue(std::move(element), sender_runs_on);
  }
};

/// Spawns an `own_actor` that runs on `runs_on`, or on the scheduler if that is null.
template <class Actor, caf::spawn_options Options, class... Arguments>
auto spawn_own(caf::actor_system& system, actor_runner* runs_on, Arguments&&... arguments) {
#ifdef CAF_DGRAM_AFTER_CAF_1_1
  caf::actor_config config{Options, runs_on};
  config.mbox_factory = &open_mailbox_factory::instance();
  return system.spawn_class<Actor>(config, std::forward<Arguments>(arguments)...);
#else
  caf::actor_config config{runs_on};
#if CAF_MAJOR_VERSION >= 1
  config.mbox_factory = &open_mailbox_factory::instance();
#endif
  return system.spawn_impl<Actor, Options>(config, std::forward<Arguments>(arguments)...);
#endif
}

/// The behavior of an actor that minds neither unknown messages nor error messages.
template <class Behavior, class Self, class... Handlers>
Behavior quiet_behavior(Self& self, Handlers... handlers) {
#if CAF_MAJOR_VERSION >= 1
  static_cast<void>(self);
  const auto ignore_errors = [](const caf::error&) {};
  if constexpr (std::is_same_v<Behavior, caf::behavior>) {
    return Behavior{std::move(handlers)..., ignore_errors, [](const caf::message&) {}};
  } else {
    // A typed actor's behavior cannot handle caf::message.
    return Behavior{std::move(handlers)..., ignore_errors};
  }
#else
  self.set_default_handler(caf::drop);
  self.set_error_handler([](const caf::error&) {});
  return Behavior{std::move(handlers)...};
#endif
}

/// The state of one of CAF's stateful actors.
template <class StatefulActor>
auto& state_of(StatefulActor& self) {
#if CAF_MAJOR_VERSION >= 1
  return self->state();
#else
  return self->state;
#endif
}

}  // namespace dgram
