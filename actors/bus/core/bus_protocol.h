/// What the actor behind a bus understands beside commands: from its sockets, and from itself.
#pragma once

#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/error.hpp"
#include "caf/typed_actor.hpp"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/bus/bus_actor.h"
#include "caf_dgram/actors/compat/answers.h"
#include "caf_dgram/actors/compat/death_registry.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/socket/hosted_actor.h"
#include "caf_dgram/actors/socket_actor.h"

namespace dgram {

/// The sockets of a bus are open: it begins.
struct bus_sockets {
  using answer = void;

  socket_actor receiving;
  socket_actor sending;
  any_actor listener;
  event_kinds events = default_events;
  any_actor owner;  ///< Null for none.
};

/// The bus has been asked to end: it sends first what it accepted.
struct bus_exit {
  using answer = void;

  caf::error reason;
};

/// Something is due: datagrams wait to be sent, a time has come, memory is free again.
struct bus_alarm {
  using answer = void;
};

}  // namespace dgram

// Never sent to another process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dgram::bus_sockets)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dgram::bus_alarm)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dgram::bus_exit)

namespace dgram {

template <class Commands, class Events>
struct hosted_bus_handle;

template <class... Commands, class... Events>
struct hosted_bus_handle<message_list<Commands...>, message_list<Events...>> {
  using type =
      caf::typed_actor<answers<typename Commands::answer, Commands>..., answers<void, Events>...>;
};

using hosted_bus_commands = longer_list<all_bus_commands, bus_sockets, bus_alarm, bus_exit,
                                        event_acknowledged, watched_ended>::type;

/// What the bus wants to hear of its sockets.
inline constexpr event_kinds events_of_sockets = event_kinds::all & ~event_kinds::life_cycle;

using hosted_bus_events = message_list<batch_event, passive_event, error_event, drain_event,
                                       kernel_drop_event, close_event>;

using hosted_bus_actor = hosted_bus_handle<hosted_bus_commands, hosted_bus_events>::type;

}  // namespace dgram
