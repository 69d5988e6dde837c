/// Opens sockets by message, with one answer once everything is done.
///
///   self->request(net.opener(), caf::infinite, dgram::open_socket{family::udp4, with})
///       .then([=](const dgram::socket_actor& sock) { … });
#pragma once

#include "caf/allowed_unsafe_message_type.hpp"
#include "caf_dgram/actors/compat/answers.h"
#include "caf_dgram/actors/open_options.h"
#include "caf_dgram/actors/socket_actor.h"
#include "caf_dgram/dgram/family.h"

namespace dgram {

/// Opens a socket as `runtime::open` does. Answer: the socket, once all steps are done,
/// look-ups included. Fails: with the errors of the steps, leaving nothing behind.
struct open_socket {
  static constexpr const char* operation = "open";
  dgram::family family = dgram::family::udp4;
  open_options with;
};

/// Opens a group as `runtime::open_group` does. Answer: the group.
struct open_group {
  static constexpr const char* operation = "open group";
  dgram::family family = dgram::family::udp4;
  open_options with;
};

/// Handles both, within its own actor system only.
using opener_actor =
    caf::typed_actor<answers<socket_actor, open_socket>, answers<socket_actor, open_group>>;

}  // namespace dgram

// They hold pointers and are never sent to another process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dgram::open_socket)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dgram::open_group)
