/// The actor that opens sockets by message.
#pragma once

#include <memory>

#include "caf/actor_system.hpp"
#include "caf_dgram/actors/opener.h"

namespace dgram {

class runtime_core;

/// The actor does not keep the core alive.
opener_actor spawn_opener(caf::actor_system& system, const std::weak_ptr<runtime_core>& core);

}  // namespace dgram
