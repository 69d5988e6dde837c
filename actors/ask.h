/// Sends commands to sockets from actors of every kind.
///
///   auto local = dgram::ask(self, sock, dgram::bind{4711});   // blocking actors: waits
///   if (!local) return report(local.error());
///
///   dgram::tell(self, sock, dgram::send{data, peer});         // any actor: no answer
///
///   [self](const dgram::message_event& event) {               // any actor: an echo
///     dgram::respond(self, event, event.data);
///   }
///
/// `self` is a pointer to the calling actor or a caf::scoped_actor. A statically typed
/// actor's own `self->send` requires the actor to handle the answer; `tell` does not,
/// since asynchronous commands are not answered.
#pragma once

#include <type_traits>
#include <utility>

#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/socket_actor.h"

namespace dgram {

/// The result type of a command, or void.
template <class Command>
using answer_of = typename Command::answer;

/// Replaces CAF's error for a socket on another node by one that names the missing call
/// if this node has not registered the message types. Returns other errors unchanged.
caf::error explain(caf::local_actor& self, const socket_actor& sock, caf::error why);

/// Sends a command and waits for its answer; other messages stay in the mailbox.
/// The timeout is a std::chrono::duration or caf::infinite.
/// Errors: those of the command, not_registered (`add_message_types`), and CAF's own,
/// such as request_timeout.
template <class Command, class Timeout = std::decay_t<decltype(caf::infinite)>>
caf::expected<answer_of<Command>> ask(caf::blocking_actor* self, const socket_actor& sock,
                                      Command command, Timeout timeout = caf::infinite) {
  auto result = await_answer<answer_of<Command>>(self, sock, std::move(command), timeout);
  if (!result) result = explain(*self, sock, std::move(result.error()));
  return result;
}

template <class Command, class Timeout = std::decay_t<decltype(caf::infinite)>>
caf::expected<answer_of<Command>> ask(const caf::scoped_actor& self, const socket_actor& sock,
                                      Command command, Timeout timeout = caf::infinite) {
  return ask(self.ptr(), sock, std::move(command), timeout);
}

namespace internal {

/// Performs a command without a message to the socket, if an actor on the socket's loop calls
/// and nothing comes before it. Otherwise returns false and leaves the command as it is.
bool perform_at_once(const socket_actor& sock, send& command);
bool perform_at_once(const socket_actor& sock, send_batch& command);

}  // namespace internal

/// Sends a command asynchronously in the name of `self`. If it fails, the socket's
/// subscribers get an `error_event`. A null handle is ignored.
template <class Command, class = answer_of<Command>>
void tell(caf::local_actor* self, const socket_actor& sock, Command command) {
  if constexpr (std::is_same_v<Command, dgram::send> || std::is_same_v<Command, send_batch>) {
    if (internal::perform_at_once(sock, command)) return;
  }
  send_unanswered(self, sock, std::move(command));
}

template <class Command, class = answer_of<Command>>
void tell(const caf::scoped_actor& self, const socket_actor& sock, Command command) {
  tell(self.ptr(), sock, std::move(command));
}

/// The socket or group that sent the event which `self` is handling. Null if it handles
/// no message, or one without a sender.
inline socket_actor socket_of(caf::local_actor* self) {
  return caf::actor_cast<socket_actor>(sender_of_current_message(*self));
}

inline socket_actor socket_of(const caf::scoped_actor& self) { return socket_of(self.ptr()); }

/// Sends a datagram to the sender of the one that `self` is handling, through the socket
/// that received it and from the address that it was sent to. Sends nothing and returns false if
/// `self` handles no event.
inline bool respond(caf::local_actor* self, const message_event& event, payload data) {
  const auto sock = socket_of(self);
  tell(self, sock, dgram::send{std::move(data), event});
  return static_cast<bool>(sock);
}

inline bool respond(const caf::scoped_actor& self, const message_event& event, payload data) {
  return respond(self.ptr(), event, std::move(data));
}

}  // namespace dgram
