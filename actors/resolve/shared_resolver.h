/// Asks a resolver once for a name that several sends wait for.
#pragma once

#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/resolver.h"

namespace dgram {

/// Puts a resolver behind one that asks it only once for a name that several
/// wait for. A question that is not answered within `timeout` is given up.
resolver_actor spawn_shared_resolver(caf::actor_system& system, resolver_actor backend,
                                     caf::timespan timeout);

}  // namespace dgram
