/// Calls back when an actor ends. Unlike a function attached by CAF's own `attach_functor`, the
/// callback can be taken back.
#pragma once

#include <functional>

#include "caf/abstract_actor.hpp"
#include "caf/error.hpp"

namespace dgram {

/// False where CAF offers no way: then a callback stays at its actor until that ends.
extern const bool can_detach_end_hooks;

/// Calls `on_end` with the reason when `who` ends, on the thread that ends it; at once if it has
/// ended. `key` names the callback, one for each actor.
void attach_end_hook(caf::abstract_actor& who, const void* key,
                     std::function<void(const caf::error&)> on_end);

/// Takes the callback of `key` back. One that runs is not interrupted.
void detach_end_hook(caf::abstract_actor& who, const void* key);

}  // namespace dgram
