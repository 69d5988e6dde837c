/// What becomes of commands that reach a socket at or after its end.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/messages.h"
#include "caf_dgram/actors/socket/subscribers.h"

namespace dgram {

/// "OPERATION VALUE: the socket is closed".
absl::Status closed_failure(const char* operation, absl::string_view value = "");

/// The first of many errors, which stands for all of them in one event.
class first_error {
 public:
  /// Counts one more; `why` is asked for the first only.
  template <class Why>
  void add(Why why) {
    if (count_++ == 0) first_ = why();
  }

  void publish_to(subscribers& audience) const {
    if (count_ > 0) audience.publish(error_event{to_error(first_), count_ - 1});
  }

 private:
  absl::Status first_;
  std::uint64_t count_ = 0;
};

/// Puts an element into an actor's mailbox; true if the actor waited for one, so
/// that it has to be run. Once the actor has ended, a request is answered on the
/// spot with `closed`; a close, like the first one, with nothing. Any thread.
bool push_or_answer(caf::scheduled_actor& self, caf::mailbox_element_ptr element);

/// Closes the mailbox of an actor that ends. Requests in it are answered; of other
/// commands the subscribers are told, of sends by one error with their number.
void refuse_mailbox(caf::scheduled_actor& self, subscribers& audience);

}  // namespace dgram
