#include "caf_dgram/actors/socket/after_end.h"

#include <utility>

#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/messages.h"

namespace dgram {
namespace {

template <class... Commands>
const char* operation_among(const caf::type_erased_tuple& content) {
  const char* name = nullptr;
  static_cast<void>(
      ((content.match_elements<Commands>() && (name = Commands::operation) != nullptr) || ...));
  return name;
}

/// A command's operation, null for what is no command.
const char* operation_of(const caf::type_erased_tuple& content) {
  // The most frequent ones come first.
  return operation_among<dgram::send, send_batch, bind, connect, disconnect, get_local_address,
                         get_remote_address, close, set_option, get_option, set_broadcast, set_ttl,
                         set_multicast_ttl, set_multicast_loopback, set_multicast_interface,
                         add_membership, drop_membership, subscribe, unsubscribe, grant,
                         get_statistics>(content);
}

/// `operation` is what `operation_of` said of the request.
void answer_after_end(const caf::strong_actor_ptr& requester, caf::message_id id,
                      const char* operation) {
  if (!requester) return;
  auto answer = caf::make_message();
  if (operation != close::operation) {
    const auto* name = operation != nullptr ? operation : "request";
    answer = caf::make_message(to_error(closed_failure(name)));
  }
  requester->enqueue(nullptr, id.response_id(), std::move(answer), nullptr);
}

}  // namespace

absl::Status closed_failure(const char* operation, absl::string_view value) {
  return failure(errc::closed, operation, value, "the socket is closed");
}

bool push_or_answer(caf::scheduled_actor& self, caf::mailbox_element_ptr element) {
  const auto id = element->mid;
  // Only a request is ever answered here.
  const auto sender = id.is_request() ? element->sender : nullptr;
  // Once the mailbox has taken the element it belongs to the actor's thread, so
  // what an ended actor answers has to be known before.
  const char* operation = id.is_request() ? operation_of(element->content()) : nullptr;
  switch (self.mailbox().push_back(std::move(element))) {
    case caf::intrusive::inbox_result::success:
      return false;
    case caf::intrusive::inbox_result::unblocked_reader:
      return true;
    case caf::intrusive::inbox_result::queue_closed:
      if (id.is_request()) answer_after_end(sender, id, operation);
      break;
  }
  return false;
}

void refuse_mailbox(caf::scheduled_actor& self, subscribers& audience) {
  // There may be many of them.
  first_error sends;
  mailbox_rejection([&](const caf::mailbox_element& left) {
    const char* operation = operation_of(left.content());
    if (left.mid.is_request()) {
      answer_after_end(left.sender, left.mid, operation);
    } else if (left.content().match_elements<dgram::send>()) {
      sends.add([&] { return closed_failure(operation); });
    } else if (operation != nullptr && operation != close::operation) {
      audience.publish(error_event{to_error(closed_failure(operation))});
    }
  }).apply(self);
  sends.publish_to(audience);
}

}  // namespace dgram
