/// What becomes of commands that reach a socket at or after its end.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "actors/caf_version.h"
#include "actors/subscribers.h"

namespace dgram {

/// "OPERATION VALUE: the socket is closed".
absl::Status closed_failure(const char* operation, absl::string_view value = "");

/// Puts an element into an actor's mailbox; true if the actor waited for one, so
/// that it has to be run. Once the actor has ended, a request is answered on the
/// spot with `closed`; a close, like the first one, with nothing. Any thread.
bool push_or_answer(caf::scheduled_actor& self, caf::mailbox_element_ptr element);

/// Closes the mailbox of an actor that ends. Requests in it are answered; of other
/// commands the subscribers are told, of sends by one error with their number.
void refuse_mailbox(caf::scheduled_actor& self, subscribers& audience);

}  // namespace dgram
