/// The handle of a bus. commands.h documents the commands and their errors.
#pragma once

#include "caf_dgram/actors/bus/commands.h"
#include "caf_dgram/actors/compat/bus_type_ids.h"
#include "caf_dgram/actors/socket_actor.h"

namespace dgram {

using bus_actor = handle_for<all_bus_commands>::type;

}  // namespace dgram

CAF_DGRAM_BUS_TYPE_ID
