/// Refuses commands that reach a socket during or after its end.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "caf/mailbox_element.hpp"
#include "caf/scheduled_actor.hpp"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/error_log.h"

namespace dgram {

/// "OPERATION VALUE: the socket is closed".
absl::Status closed_failure(const char* operation, absl::string_view value = "");

/// Puts an element into an actor's mailbox; true if the actor was idle and has to be
/// scheduled. If the actor has ended, a request is answered here: with `closed`, or for
/// a close with nothing, like the first one. Any thread.
bool push_or_answer(caf::scheduled_actor& self, caf::mailbox_element_ptr element);

/// Closes the mailbox of an actor that ends and answers the requests in it. Of the other
/// commands, one error is published for each operation, of sends with the number of their
/// datagrams. Returns the number of datagrams in it.
std::uint64_t refuse_mailbox(caf::scheduled_actor& self, error_log& log);

}  // namespace dgram
