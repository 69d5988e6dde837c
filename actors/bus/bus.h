/// Publish/subscribe by multicast, wire-compatible with LCM (https://lcm-proj.github.io/lcm).
///
///   caf::expected<dgram::bus_actor> bus = dgram::open_bus(net);
///   self->send(*bus, dgram::subscribe_channels{self, "TEMPERATURE"});
///   self->send(*bus, dgram::publish{"TEMPERATURE", "21.5"});
///
/// commands.h and events.h list what a bus understands and tells; docs/pubsub.md has the model.
#pragma once

#include "caf/expected.hpp"
#include "caf_dgram/actors/bus/bus_actor.h"
#include "caf_dgram/actors/bus/bus_options.h"
#include "caf_dgram/actors/runtime.h"

namespace dgram {

/// Opens a bus: an actor on a loop of the runtime, with a socket that receives and one that sends.
/// Errors: those of `runtime::open`, out_of_range, invalid_address (not a multicast group),
/// not_registered (`add_bus_message_types`). Any thread.
caf::expected<bus_actor> open_bus(const runtime& net, const bus_options& options = {});

}  // namespace dgram
