/// A single hook for the end of an actor, however it ends.
#pragma once

#include <utility>

#include "caf/error.hpp"
#include "caf_dgram/actors/compat/runner.h"

namespace dgram {

/// Adds `on_end` to one of CAF's actor classes.
template <class Base>
class ending : public Base {
 public:
  using Base::Base;

#if CAF_MAJOR_VERSION >= 1
  // CAF calls it when it checks whether the actor is still alive, before it notifies
  // monitors and links.
  void run_actions() final {
    Base::run_actions();
    if (!this->alive()) end_once(this->fail_state());
  }

  // Not preceded by `run_actions` where the last handle to the actor was dropped.
  void on_cleanup(const caf::error& reason) final {
    end_once(reason);
    Base::on_cleanup(reason);
  }
#else
  bool cleanup(caf::error&& reason, actor_runner* host) final {
    end_once(reason);
    return Base::cleanup(std::move(reason), host);
  }
#endif

 protected:
  /// Called once, before monitors and links are notified.
  virtual void on_end(const caf::error& reason) = 0;

  bool has_ended() const noexcept { return has_ended_; }

 private:
  void end_once(const caf::error& reason) {
    if (!std::exchange(has_ended_, true)) on_end(reason);
  }

  bool has_ended_ = false;
};

}  // namespace dgram
