/// Requests and messages from an actor of any kind.
#pragma once

#include <type_traits>
#include <utility>

#include "caf/blocking_actor.hpp"
#include "caf/expected.hpp"
#include "caf/local_actor.hpp"
#include "caf/response_handle.hpp"
#include "caf/send.hpp"
#include "caf/typed_actor.hpp"

namespace dgram {

/// Sends a request and blocks until it is answered.
template <class Answer, class Handle, class Content, class Timeout>
caf::expected<Answer> await_answer(caf::blocking_actor* self, const Handle& to, Content content,
                                   Timeout timeout) {
  caf::expected<Answer> result{caf::error{caf::sec::request_timeout}};
  auto pending = self->request(to, timeout, std::move(content));
  const auto fail = [&](caf::error& why) { result = std::move(why); };
  if constexpr (std::is_void_v<Answer>) {
    pending.receive([&] { result = caf::unit; }, fail);
  } else {
    pending.receive([&](Answer& answer) { result = std::move(answer); }, fail);
  }
  return result;
}

/// Sends a message that is never answered, so that the sender's interface need not
/// handle its answer.
template <class Handle, class Content>
void send_unanswered(caf::local_actor* self, const Handle& to, Content content) {
  using accepted =
      caf::response_type_unbox<caf::signatures_of_t<Handle>, caf::detail::type_list<Content>>;
  static_assert(accepted::valid, "the receiver does not accept this message");
  caf::unsafe_send_as(self, to, std::move(content));
}

/// Null if `self` handles no message, or one without a sender.
inline caf::strong_actor_ptr sender_of_current_message(caf::local_actor& self) {
  const auto* current = self.current_mailbox_element();
  return current != nullptr ? current->sender : nullptr;
}

}  // namespace dgram
