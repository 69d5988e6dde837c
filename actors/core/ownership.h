/// Who owns what a program opens, and what the runtime's end waits for.
#pragma once

#include "caf/actor_cast.hpp"
#include "caf/blocking_actor.hpp"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/compat/class_cast.h"

namespace dgram {

/// The owner that options name; by default their listener.
template <class Options>
any_actor owner_of(const Options& options) {
  return options.owner ? *options.owner : options.listener;
}

/// Whether the runtime's end waits for what this actor owns. One that blocks may itself be waiting
/// for that end.
inline bool is_waited_for(const any_actor& owner) {
  return owner && class_cast<caf::blocking_actor>(
                      caf::actor_cast<caf::abstract_actor*>(owner.handle())) == nullptr;
}

}  // namespace dgram
