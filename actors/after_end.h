/// What becomes of commands that reach a socket at or after its end.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "actors/caf_version.h"
#include "actors/subscribers.h"

namespace dgram {

/// A command's operation, null for what is no command.
const char* operation_of(const caf::type_erased_tuple& content);

/// "OPERATION VALUE: the socket is closed".
absl::Status closed_failure(const char* operation, absl::string_view value = "");

/// Answers a request with `closed`; a close, like the first one, with nothing.
/// `operation` is what `operation_of` said of it.
void answer_after_end(const caf::strong_actor_ptr& requester, caf::message_id id,
                      const char* operation);

/// Closes the mailbox of an actor that ends. Requests in it are answered; other
/// commands are told to the subscribers as errors.
void refuse_mailbox(caf::scheduled_actor& self, subscribers& audience);

}  // namespace dgram
