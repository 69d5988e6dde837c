#include "caf_dgram/actors/socket/after_end.h"

#include <map>
#include <utility>

#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/mailbox.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/hosted_actor.h"

namespace dgram {
namespace {

template <class... Commands>
const char* operation_among(message_list<Commands...>, const message_content& content) {
  const char* name = nullptr;
  static_cast<void>(
      ((content.match_elements<Commands>() && (name = Commands::operation) != nullptr) || ...));
  return name;
}

/// The operation of a command, null for other messages.
const char* operation_of(const message_content& content) {
  return operation_among(hosted_commands(), content);
}

/// `operation` is the result of `operation_of` for the request.
void answer_after_end(const caf::strong_actor_ptr& requester, caf::message_id id,
                      const char* operation) {
  if (!requester) return;
  auto answer = caf::make_message();
  if (operation != close::operation) {
    const auto* name = operation != nullptr ? operation : "request";
    answer = caf::make_message(to_error(closed_failure(name)));
  }
  send_shared(nullptr, requester, id.response_id(), std::move(answer), nullptr);
}

}  // namespace

absl::Status closed_failure(const char* operation, absl::string_view value) {
  return failure(errc::closed, operation, value, "the socket is closed");
}

bool push_or_answer(caf::scheduled_actor& self, caf::mailbox_element_ptr element) {
  const auto id = element->mid;
  // Only requests are answered here.
  const auto sender = id.is_request() ? element->sender : nullptr;
  // Once in the mailbox, the element belongs to the actor's thread, so its operation has
  // to be read before.
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

void refuse_mailbox(caf::scheduled_actor& self, error_log& log) {
  // A mailbox may hold millions of commands.
  std::map<absl::string_view, first_error> refused;
  reject_mailbox(self, [&](const caf::mailbox_element& left) {
    const char* operation = operation_of(left.content());
    if (left.mid.is_request()) {
      answer_after_end(left.sender, left.mid, operation);
    } else if (operation != nullptr && operation != close::operation) {
      refused[operation].add([&] { return closed_failure(operation); }, operation);
    }
  });
  for (const auto& [operation, errors] : refused) errors.publish_to(log);
}

}  // namespace dgram
