/// Requests and messages from an actor of any kind.
#pragma once

#include <type_traits>
#include <utility>

#include "caf/blocking_actor.hpp"
#include "caf/config.hpp"
#include "caf/expected.hpp"
#include "caf/local_actor.hpp"
#include "caf/send.hpp"
#include "caf/typed_actor.hpp"
#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/compat/sending.h"
#ifdef CAF_DGRAM_AFTER_CAF_1_1
#include "caf/anon_mail.hpp"
#include "caf/event_based_actor.hpp"
#elif CAF_MAJOR_VERSION >= 1
#include "caf/anon_mail.hpp"
#include "caf/event_based_mail.hpp"
#else
#include "caf/response_handle.hpp"
#endif

namespace dgram {

/// Sends a message. `self` points to the sender, or is a caf::scoped_actor.
template <class Self, class Handle, class Content>
void send_message(const Self& self, const Handle& to, Content content) {
#if CAF_MAJOR_VERSION >= 1
  self->mail(std::move(content)).send(to);
#else
  self->send(to, std::move(content));
#endif
}

/// Sends a message after a delay.
template <class Self, class Handle, class Delay, class Content>
void send_delayed(const Self& self, const Handle& to, Delay delay, Content content) {
#if CAF_MAJOR_VERSION >= 1
  self->mail(std::move(content)).delay(delay).send(to);
#else
  self->delayed_send(to, delay, std::move(content));
#endif
}

/// Sends a request; the result has `then` and, for blocking actors, `receive`.
template <class Self, class Handle, class Timeout, class Content>
auto send_request(const Self& self, const Handle& to, Timeout timeout, Content content) {
#if CAF_MAJOR_VERSION >= 1
  return self->mail(std::move(content)).request(to, timeout);
#else
  return self->request(to, timeout, std::move(content));
#endif
}

/// Has another actor answer the command that `self` is handling.
template <class Self, class Handle, class Content>
auto hand_on(const Self& self, const Handle& to, Content content) {
#if CAF_MAJOR_VERSION >= 1
  return self->mail(std::move(content)).delegate(to);
#else
  return self->delegate(to, std::move(content));
#endif
}

/// Sends a message without a sender.
template <class Handle, class Content>
void send_anonymously(const Handle& to, Content content) {
#if CAF_MAJOR_VERSION >= 1
  caf::anon_mail(std::move(content)).send(to);
#else
  caf::anon_send(to, std::move(content));
#endif
}

/// Sends a request and blocks until it is answered.
template <class Answer, class Handle, class Content, class Timeout>
caf::expected<Answer> await_answer(caf::blocking_actor* self, const Handle& to, Content content,
                                   Timeout timeout) {
  caf::expected<Answer> result{caf::error{caf::sec::request_timeout}};
  auto pending = send_request(self, to, timeout, std::move(content));
  const auto fail = [&](caf::error& why) { result = std::move(why); };
  if constexpr (std::is_void_v<Answer>) {
    std::move(pending).receive([&] { result = caf::expected<void>(); }, fail);
  } else {
    std::move(pending).receive([&](Answer& answer) { result = std::move(answer); }, fail);
  }
  return result;
}

/// Sends a message that is never answered, so that the sender's interface need not
/// handle its answer. A null handle is ignored.
template <class Handle, class Content>
void send_unanswered(caf::local_actor* self, const Handle& to, Content content) {
#if CAF_MAJOR_VERSION >= 1
  using accepted = caf::response_type<typename Handle::signatures, Content>;
#else
  using accepted =
      caf::response_type_unbox<caf::signatures_of_t<Handle>, caf::detail::type_list<Content> >;
#endif
  static_assert(accepted::valid, "the receiver does not accept this message");
  if (!to) return;
  send_alone(caf::strong_actor_ptr(self->ctrl()), to, std::move(content), self->context());
}

/// Null if `self` handles no message, or one without a sender.
inline caf::strong_actor_ptr sender_of_current_message(caf::local_actor& self) {
  const auto* current = self.current_mailbox_element();
  return current != nullptr ? current->sender : nullptr;
}

}  // namespace dgram
