/// What sockets and groups understand beside commands, from each other and from
/// facades of the same process: these messages do not travel to others.
#pragma once

#include <cstdint>
#include <utility>

#include "caf/actor_control_block.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/acknowledgement.h"
#include "caf_dgram/actors/compat/death_registry.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/socket_actor.h"

namespace dgram {

/// As `subscribe`; events come in the name of another actor, which passes answers on
/// to the socket. When that actor ends, the subscriber is removed.
struct subscribe_through {
  static constexpr const char* operation = subscribe::operation;
  using answer = void;

  subscribe terms;
  caf::strong_actor_ptr speaker;
};

/// A subscriber has handled an event.
struct event_acknowledged {
  using answer = void;

  acknowledgement which;
};

}  // namespace dgram

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dgram::subscribe_through)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dgram::event_acknowledged)

namespace dgram {

/// What acknowledges an event as a message that says so; others as they are.
inline caf::mailbox_element_ptr read_acknowledgement(caf::mailbox_element_ptr element) {
  const auto found = acknowledgement_in(*element);
  if (!found) return element;
  return make_element(nullptr, caf::make_message_id(), event_acknowledged{*found});
}

template <class List, class... More>
struct longer_list;

template <class... Messages, class... More>
struct longer_list<message_list<Messages...>, More...> {
  using type = message_list<Messages..., More...>;
};

/// Every message that performs something, named or not.
using hosted_commands = longer_list<all_commands, subscribe_through>::type;

using hosted_actor =
    handle_for<longer_list<hosted_commands, event_acknowledged, watched_ended>::type>::type;

}  // namespace dgram
