/// The handle of a datagram socket.
///
///   caf::expected<dgram::socket_actor> sock = net.open(dgram::family::udp4);
///   self->send(*sock, dgram::subscribe{self});
///   self->request(*sock, timeout, dgram::bind{41234}).then(…);
///
/// commands.h documents the commands and their errors.
#pragma once

#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/answers.h"
#include "caf_dgram/actors/compat/type_ids.h"
#include "caf_dgram/actors/prebuilt_messages.h"

namespace dgram {

template <class Commands>
struct handle_for;

/// The handle of an actor that handles these commands.
template <class... Commands>
struct handle_for<message_list<Commands...>> {
  using type = caf::typed_actor<answers<typename Commands::answer, Commands>...>;
};

using socket_actor = handle_for<all_commands>::type;

}  // namespace dgram

CAF_DGRAM_SOCKET_TYPE_ID
