/// Registers the message types with CAF, so that sockets and programs in different
/// processes can talk to each other.
///
///   caf::actor_system_config cfg;
///   dgram::load_module<caf::io::middleman>(cfg);
///   dgram::add_message_types(cfg);
///   caf::actor_system sys{cfg};
#pragma once

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"
#include "caf/error.hpp"
#include "caf_dgram/actors/compat/modules.h"

namespace dgram {

/// Registers commands, answers, events, the resolver's messages and the error category.
/// Call it before the actor system is created, in every process that sends or receives
/// them.
void add_message_types(caf::actor_system_config& config);

/// Fails if `add_message_types` was not called for the system's configuration; the error
/// names that call. CAF itself would answer requests of other nodes with
/// `unexpected_message` and drop other messages. Errors: not_registered.
caf::error check_message_types(caf::actor_system& system);

}  // namespace dgram
