/// Sends messages in the name of an actor other than the running one.
#pragma once

#include <utility>

#include "caf/actor.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/message.hpp"
#include "caf/message_id.hpp"
#include "caf_dgram/actors/compat/runner.h"

namespace dgram {

/// Sends a message whose content several receivers may share.
inline void send_shared(caf::strong_actor_ptr speaker, const caf::actor& to,
                        const caf::message& what, actor_runner* runs_on) {
  to->enqueue(std::move(speaker), caf::make_message_id(), what, runs_on);
}

/// Sends a message to a single receiver, which saves an allocation.
template <class Content>
void send_alone(caf::strong_actor_ptr speaker, const caf::actor& to, Content&& content,
                actor_runner* runs_on) {
  to->enqueue(caf::make_mailbox_element(std::move(speaker), caf::make_message_id(), {},
                                        std::forward<Content>(content)),
              runs_on);
}

}  // namespace dgram
