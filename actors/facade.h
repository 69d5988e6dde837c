/// A handle that permits only some commands of a socket, for example to publish it to
/// other nodes. A socket's own handle permits all: bind, set options and close included.
///
///   auto part = dgram::spawn_facade<dgram::send, dgram::subscribe, dgram::grant>(sock);
///   if (!part) return report(part.error());
///   system.middleman().publish(*part, 4711);
///
/// A facade passes the commands on that it permits, and their answers back. It is
/// not a thread and has no mailbox: everything passes at once, in order and without
/// a copy of payloads. Answers come in its name, and so do the events of those who
/// subscribed through it: the socket's own handle is not given away, except in
/// `get_statistics`, which names subscribers.
#pragma once

#include <bitset>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "caf/expected.hpp"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/socket_actor.h"

namespace dgram {

template <class Command, class List>
struct position_in;

template <class Command, class... Commands>
struct position_in<Command, message_list<Commands...>> {
  static constexpr std::size_t find() {
    std::size_t result = 0;
    static_cast<void>(((std::is_same_v<Command, Commands> || (++result, false)) || ...));
    return result;
  }
  static constexpr std::size_t value = find();
  static constexpr std::size_t count = sizeof...(Commands);
};

/// Commands by their positions in `all_commands`.
using command_set = std::bitset<position_in<void, all_commands>::count>;

/// The set of these commands.
template <class... Commands>
command_set set_of() {
  static_assert((is_listed<Commands, all_commands>::value && ...), "not a command");
  command_set result;
  (result.set(position_in<Commands, all_commands>::value), ...);
  return result;
}

/// Starts a facade. Other commands than these are answered with `not_permitted`; sent
/// asynchronously they are dropped, and `observer`, if there is one, gets an
/// `error_event` for them, ten at once and then ten a second, with the number of those
/// in between.
///
/// The facade ends with its socket and then answers `closed`. The socket does not end
/// with it; those who subscribed through it are removed. Errors: closed (no socket),
/// unsupported (a socket of another node).
caf::expected<socket_actor> spawn_facade(const socket_actor& sock, command_set permitted,
                                         any_actor observer = nullptr);

template <class... Commands>
caf::expected<socket_actor> spawn_facade(const socket_actor& sock, any_actor observer = nullptr) {
  return spawn_facade(sock, set_of<Commands...>(), std::move(observer));
}

}  // namespace dgram
