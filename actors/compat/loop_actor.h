/// Makes any event-based actor class one that lives on a loop.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "caf/actor_config.hpp"
#include "caf/actor_system.hpp"
#include "caf/blocking_actor.hpp"
#include "caf/exit_reason.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/resumable.hpp"
#include "caf/scheduled_actor.hpp"
#include "caf/send.hpp"
#include "caf/spawn_options.hpp"
#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/compat/direct_receiver.h"
#include "caf_dgram/actors/compat/ending.h"
#include "caf_dgram/actors/compat/loop_seat.h"
#include "caf_dgram/actors/compat/mailbox_guard.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/compat/runner.h"

namespace caf::io {

class abstract_broker;

}  // namespace caf::io

namespace dgram {

/// The seat of an actor, which messages need as soon as the actor has an address.
class seated {
 protected:
  explicit seated(std::unique_ptr<loop_seat> seat) : seat_(std::move(seat)) {}

  const std::unique_ptr<loop_seat> seat_;
};

/// Whether actors of this class can be spawned on a loop with these options. What blocks, or
/// has a thread of its own, cannot; nor can a broker, which lives on CAF's multiplexer, and a
/// final class, which the library derives from.
template <class Impl, caf::spawn_options Options = caf::no_spawn_options>
inline constexpr bool can_live_on_loop = std::is_base_of_v<caf::scheduled_actor, Impl> &&
                                         !std::is_base_of_v<caf::io::abstract_broker, Impl> &&
                                         !std::is_base_of_v<caf::blocking_actor, Impl> &&
                                         !std::is_final_v<Impl> && !caf::has_detach_flag(Options);

template <class Impl>
class loop_actor final : private seated, public ending<own_actor<Impl>>, public direct_receiver {
 public:
  template <class... Arguments>
  loop_actor(caf::actor_config& config, std::unique_ptr<loop_seat> seat, Arguments&&... arguments)
      : seated(std::move(seat)),
        ending<own_actor<Impl>>(config, std::forward<Arguments>(arguments)...) {
    seat_->take(absl::StrCat("actor ", this->name(), "#", this->id()), [address = this->address()] {
      caf::anon_send_exit(address, caf::exit_reason::user_shutdown);
    });
  }

  const void* home() const noexcept override { return seat_->home(); }

#ifdef CAF_DGRAM_AFTER_CAF_1_1
  void resume(actor_runner* runs_on, std::uint64_t event) override {
    const run timed(*seat_);
    Impl::resume(runs_on, event);
  }
#else
  caf::resumable::resume_result resume(actor_runner* runs_on, std::size_t messages) override {
    const run timed(*seat_);
    return ending<own_actor<Impl>>::resume(runs_on, messages);
  }
#endif

  bool is_free() override {
    return seat_->may_run_at_once() && !awaits_response() && is_idle(*this);
  }

  void handle_at_once(caf::mailbox_element& element, actor_runner* runs_on) override {
    const run timed(*seat_);
    handle_now(*this, element, runs_on);
  }

#if CAF_MAJOR_VERSION < 1
  // The last handle was dropped. The actor's state goes before `on_end`, and may hold the last
  // copy of the network, whose end waits for the seat.
  void on_destroy() override {
    seat_->leave();
    Impl::on_destroy();
  }
#endif

 private:
  class run {
   public:
    explicit run(loop_seat& seat) : seat_(seat) { seat_.begin_run(); }
    run(const run&) = delete;
    run& operator=(const run&) = delete;
    ~run() { seat_.end_run(); }

   private:
    loop_seat& seat_;
  };

  bool runs_on_loop() const noexcept override { return true; }

  /// Whether all other messages have to wait for a response.
  bool awaits_response() const {
#if CAF_MAJOR_VERSION >= 1
    return true;
#else
    return !this->awaited_responses_.empty();
#endif
  }

  // Always for its own loop, whoever sends.
  void take_in(caf::mailbox_element_ptr element, actor_runner*) override {
    if constexpr (std::is_base_of_v<mailbox_guard, Impl>) {
      element = this->admit(std::move(element));
      if (!element) return;
    }
    own_actor<Impl>::take_in(std::move(element), &seat_->runner());
  }

  void on_end(const caf::error&) override { seat_->leave(); }
};

/// Spawns an actor of class `Impl`. `prepare` is called with its configuration first.
template <class Impl, caf::spawn_options Options, class Prepare, class... Arguments>
auto spawn_on_loop(caf::actor_system& system, std::unique_ptr<loop_seat> seat, Prepare prepare,
                   Arguments&&... arguments) {
  static_assert(can_live_on_loop<Impl, Options>,
                "an actor that blocks, has a thread of its own, is a broker or of a final class "
                "cannot live on a loop: spawn it by the actor system");
#ifdef CAF_DGRAM_AFTER_CAF_1_1
  caf::actor_config config{Options, &seat->runner()};
  prepare(config);
  return system.spawn_class<loop_actor<Impl>>(config, std::move(seat),
                                              std::forward<Arguments>(arguments)...);
#else
  caf::actor_config config{&seat->runner()};
  prepare(config);
  return system.spawn_impl<loop_actor<Impl>, Options>(config, std::move(seat),
                                                      std::forward<Arguments>(arguments)...);
#endif
}

/// The same for a function that makes the behavior.
template <caf::spawn_options Options, class Function, class... Arguments>
auto spawn_function_on_loop(caf::actor_system& system, std::unique_ptr<loop_seat> seat,
                            Function function, Arguments&&... arguments) {
  using impl = caf::infer_impl_from_fun_t<Function>;
  return spawn_on_loop<impl, Options>(system, std::move(seat), [&](caf::actor_config& config) {
    caf::detail::init_fun_factory<impl, Function> factory;
    config.init_fun = factory(std::move(function), std::forward<Arguments>(arguments)...);
  });
}

}  // namespace dgram
