/// Registers a bus's message types with CAF, as actors/message_types.h does those of sockets.
#pragma once

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"
#include "caf/error.hpp"
#include "caf_dgram/actors/config.h"

namespace dgram {

/// Registers commands, answers and events of buses. Call it before the actor system is created:
/// with CAF 1.x in every process, with 0.17 in those that talk to a bus in another process.
void add_bus_message_types(caf::actor_system_config& config);

/// Fails if `add_bus_message_types` was not called. Errors: not_registered.
caf::error check_bus_message_types(caf::actor_system& system);

/// A configuration with the message types and options of sockets and buses.
class bus_system_config : public system_config {
 public:
  bus_system_config() { add_bus_message_types(*this); }
};

}  // namespace dgram
