/// The numbers by which CAF 1.x knows the message types of buses (type_ids.h).
#pragma once

#include "caf/config.hpp"
#include "caf_dgram/actors/compat/type_ids.h"

#if CAF_MAJOR_VERSION >= 1
namespace dgram {

struct bus_alarm;
struct bus_close_event;
struct bus_exit;
struct bus_sockets;
struct bus_statistics;
struct channel_batch_event;
struct channel_message_event;
struct get_bus_statistics;
struct grant_messages;
struct message_loss_event;
struct publish;
struct publish_batch;
struct published;
struct subscribe_channels;
struct unsubscribe_channels;

}  // namespace dgram

CAF_DGRAM_TYPE_ID(1100, dgram::publish)
CAF_DGRAM_TYPE_ID(1101, dgram::publish_batch)
CAF_DGRAM_TYPE_ID(1102, dgram::subscribe_channels)
CAF_DGRAM_TYPE_ID(1103, dgram::grant_messages)
CAF_DGRAM_TYPE_ID(1104, dgram::unsubscribe_channels)
CAF_DGRAM_TYPE_ID(1105, dgram::get_bus_statistics)
CAF_DGRAM_TYPE_ID(1106, dgram::published)
CAF_DGRAM_TYPE_ID(1107, dgram::bus_statistics)
CAF_DGRAM_TYPE_ID(1108, dgram::channel_message_event)
CAF_DGRAM_TYPE_ID(1109, dgram::channel_batch_event)
CAF_DGRAM_TYPE_ID(1110, dgram::message_loss_event)
CAF_DGRAM_TYPE_ID(1111, dgram::bus_close_event)
CAF_DGRAM_TYPE_ID(1112, dgram::bus_alarm)
CAF_DGRAM_TYPE_ID(1113, dgram::bus_sockets)
CAF_DGRAM_TYPE_ID(1114, dgram::bus_exit)

/// Follows the types above, which bus_actor is made of.
#define CAF_DGRAM_BUS_TYPE_ID CAF_DGRAM_TYPE_ID(1115, dgram::bus_actor)

namespace caf::id_block {

/// For `CAF_MAIN` and `caf::init_global_meta_objects`, after `caf_dgram`.
struct caf_dgram_bus {
  static constexpr auto begin = static_cast<type_id_t>(1100);
  static constexpr auto end = static_cast<type_id_t>(1116);
};

}  // namespace caf::id_block

// Instantiated in the library alone.
extern template void caf::init_global_meta_objects<caf::id_block::caf_dgram_bus>();
#define CAF_DGRAM_INSTANTIATE_BUS_REGISTRATION \
  template void caf::init_global_meta_objects<caf::id_block::caf_dgram_bus>();

namespace dgram {

inline void register_numbered_bus_types() {
  caf::init_global_meta_objects<caf::id_block::caf_dgram_bus>();
}

}  // namespace dgram
#else
namespace dgram {

inline void register_numbered_bus_types() {}

}  // namespace dgram

#define CAF_DGRAM_BUS_TYPE_ID
#define CAF_DGRAM_INSTANTIATE_BUS_REGISTRATION
#endif
