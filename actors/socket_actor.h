/// A datagram socket as an actor: the handle that users hold.
///
///   caf::expected<dgram::socket_actor> sock = net.open(dgram::family::udp4);
///   self->send(*sock, dgram::subscribe{self});
///   self->request(*sock, timeout, dgram::bind{41234}).then(…);
///
/// messages.h says what each command does and how it fails.
#pragma once

#include <cstdint>

#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/messages.h"

namespace dgram {

using socket_actor = caf::typed_actor<
    answers<endpoint, bind>, answers<endpoint, connect>, answers<void, disconnect>,
    answers<endpoint, get_local_address>, answers<endpoint, get_remote_address>,
    answers<void, close>, answers<std::uint64_t, send>, answers<batch_result, send_batch>,
    answers<void, set_option>, answers<option_value, get_option>, answers<void, set_broadcast>,
    answers<void, set_ttl>, answers<void, set_multicast_ttl>, answers<void, set_multicast_loopback>,
    answers<void, set_multicast_interface>, answers<membership, add_membership>,
    answers<membership, drop_membership>, answers<void, subscribe>, answers<void, unsubscribe>,
    answers<void, grant>, answers<statistics, get_statistics>>;

}  // namespace dgram
