/// Sends messages in the name of an actor other than the running one.
#pragma once

#include <cstddef>
#include <utility>

#include "caf/actor.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/message.hpp"
#include "caf/message_id.hpp"
#include "caf_dgram/actors/compat/runner.h"

namespace dgram {

#if CAF_MAJOR_VERSION >= 1
using message_content = caf::message;
#else
using message_content = caf::type_erased_tuple;
#endif

/// Bytes that a message takes in a mailbox, its allocations' overhead apart.
#if CAF_MAJOR_VERSION >= 1
template <class Content>
inline constexpr std::size_t message_size = sizeof(caf::mailbox_element) +
                                            sizeof(caf::detail::message_data) + sizeof(Content);
#else
template <class Content>
inline constexpr std::size_t message_size = sizeof(caf::mailbox_element_vals<Content>);
#endif

/// A message of one value, as it goes into a mailbox.
template <class Content>
caf::mailbox_element_ptr make_element(caf::strong_actor_ptr speaker, caf::message_id id,
                                      Content&& content) {
#if CAF_MAJOR_VERSION >= 1
  return caf::make_mailbox_element(std::move(speaker), id, std::forward<Content>(content));
#else
  return caf::make_mailbox_element(std::move(speaker), id, {}, std::forward<Content>(content));
#endif
}

/// Sends a message whose content several receivers may share.
template <class Handle>
void send_shared(caf::strong_actor_ptr speaker, const Handle& to, caf::message_id id,
                 caf::message what, actor_runner* runs_on) {
#if CAF_MAJOR_VERSION >= 1
  to->enqueue(caf::make_mailbox_element(std::move(speaker), id, std::move(what)), runs_on);
#else
  to->enqueue(std::move(speaker), id, std::move(what), runs_on);
#endif
}

/// Sends a message to a single receiver, which saves an allocation.
template <class Handle, class Content>
void send_alone(caf::strong_actor_ptr speaker, const Handle& to, Content&& content,
                actor_runner* runs_on) {
  to->enqueue(
      make_element(std::move(speaker), caf::make_message_id(), std::forward<Content>(content)),
      runs_on);
}

}  // namespace dgram
