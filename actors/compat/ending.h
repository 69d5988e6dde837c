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

  bool cleanup(caf::error&& reason, actor_runner* host) final {
    if (!std::exchange(has_ended_, true)) on_end(reason);
    return Base::cleanup(std::move(reason), host);
  }

 protected:
  /// Called once, before monitors and links are notified.
  virtual void on_end(const caf::error& reason) = 0;

  bool has_ended() const noexcept { return has_ended_; }

 private:
  bool has_ended_ = false;
};

}  // namespace dgram
