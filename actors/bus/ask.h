/// Sends commands to a bus from actors of every kind, as actors/ask.h does to sockets.
#pragma once

#include <type_traits>
#include <utility>

#include "caf_dgram/actors/bus/bus_actor.h"
#include "caf_dgram/actors/compat/asking.h"

namespace dgram {

/// Sends a command and waits for its answer; other messages stay in the mailbox. The timeout is a
/// std::chrono::duration or caf::infinite. Errors: those of the command, and CAF's own, such as
/// request_timeout.
template <class Command, class Timeout = std::decay_t<decltype(caf::infinite)>>
caf::expected<typename Command::answer> ask(caf::blocking_actor* self, const bus_actor& bus,
                                            Command command, Timeout timeout = caf::infinite) {
  return await_answer<typename Command::answer>(self, bus, std::move(command), timeout);
}

template <class Command, class Timeout = std::decay_t<decltype(caf::infinite)>>
caf::expected<typename Command::answer> ask(const caf::scoped_actor& self, const bus_actor& bus,
                                            Command command, Timeout timeout = caf::infinite) {
  return ask(self.ptr(), bus, std::move(command), timeout);
}

/// Sends a command asynchronously in the name of `self`. If it fails, the bus's subscribers get an
/// `error_event`. A null handle is ignored.
template <class Command, class = typename Command::answer>
void tell(caf::local_actor* self, const bus_actor& bus, Command command) {
  send_unanswered(self, bus, std::move(command));
}

template <class Command, class = typename Command::answer>
void tell(const caf::scoped_actor& self, const bus_actor& bus, Command command) {
  tell(self.ptr(), bus, std::move(command));
}

}  // namespace dgram
