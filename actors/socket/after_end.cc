#include "caf_dgram/actors/socket/after_end.h"

#include <algorithm>
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

/// The datagrams of a command that sends.
std::uint64_t datagrams_in(const message_content& content) {
  if (content.match_elements<send>()) return 1;
  if (content.match_elements<send_batch>()) return content.get_as<send_batch>(0).datagrams.size();
  return 0;
}

/// Whether a command that was not performed and not answered has to be reported. An
/// unanswered get_statistics does nothing.
bool is_missed(const char* operation) {
  return operation != close::operation && operation != get_statistics::operation;
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

std::uint64_t refuse_mailbox(caf::scheduled_actor& self, error_log& log) {
  // A mailbox may hold millions of commands.
  std::map<absl::string_view, first_error> refused;
  std::uint64_t unsent = 0;
  reject_mailbox(self, [&](const caf::mailbox_element& left) {
    const char* operation = operation_of(left.content());
    const auto datagrams = datagrams_in(left.content());
    unsent += datagrams;
    if (left.mid.is_request()) {
      answer_after_end(left.sender, left.mid, operation);
    } else if (operation != nullptr && is_missed(operation)) {
      refused[operation].add([&] { return closed_failure(operation); }, operation,
                             std::max<std::uint64_t>(datagrams, 1));
    }
  });
  for (const auto& [operation, errors] : refused) errors.publish_to(log);
  return unsent;
}

}  // namespace dgram
