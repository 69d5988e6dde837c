/// Coalesces concurrent look-ups of the same name.
#pragma once

#include "caf/fwd.hpp"
#include "caf/timespan.hpp"
#include "caf_dgram/actors/resolver.h"

namespace dgram {

/// Spawns a resolver that asks `backend` once per name, however many askers wait for
/// it. A question without an answer within `timeout` fails.
resolver_actor spawn_shared_resolver(caf::actor_system& system, resolver_actor backend,
                                     caf::timespan timeout);

}  // namespace dgram
