#include "caf_dgram/actors/bus/message_types.h"

#include "caf_dgram/actors/bus/bus_actor.h"
#include "caf_dgram/actors/bus/core/bus_protocol.h"
#include "caf_dgram/actors/bus/events.h"
#include "caf_dgram/actors/compat/registration.h"
#include "caf_dgram/actors/error.h"

namespace dgram {
namespace {

template <class... Messages>
void register_all(caf::actor_system_config& config, message_list<Messages...>) {
  (register_message_type<Messages>(config, type_name_of<Messages>), ...);
}

template <class... Messages>
bool are_registered(caf::actor_system& system, message_list<Messages...>) {
  return (is_registered<Messages>(system) && ...);
}

}  // namespace

void add_bus_message_types(caf::actor_system_config& config) {
  register_numbered_bus_types();
  // `close` comes with those of sockets; once more does no harm.
  register_all(config, all_bus_commands());
  register_all(config, all_bus_answers());
  register_all(config, all_bus_events());
  register_message_type<bus_actor>(config, "dgram::bus_actor");
}

caf::error check_bus_message_types(caf::actor_system& system) {
  if (are_registered(system, all_bus_commands()) && are_registered(system, all_bus_answers()) &&
      are_registered(system, all_bus_events())) {
    return {};
  }
  return to_error(failure(errc::not_registered, "message type", "of a bus",
                          "call dgram::add_bus_message_types(config) before the actor system is "
                          "made, or derive its configuration from dgram::bus_system_config"));
}

}  // namespace dgram

CAF_DGRAM_INSTANTIATE_BUS_REGISTRATION
