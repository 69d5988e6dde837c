/// Has an idle actor on the same loop handle a message where it is sent, without mailbox.
#pragma once

#include <type_traits>
#include <utility>

#include "caf/config.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/scheduled_actor.hpp"
#include "caf_dgram/actors/compat/resident.h"
#include "caf_dgram/actors/compat/runner.h"
#include "caf_dgram/actors/compat/sending.h"

namespace dgram {

/// An actor of the program's that lives on a loop. On the loop's thread.
class direct_receiver : public resident {
 public:
  /// Whether it can handle a message at once: nothing comes before that, and no actor of this
  /// loop runs.
  virtual bool is_free() = 0;

  /// Handles a message while it is free.
  virtual void handle_at_once(caf::mailbox_element& element, actor_runner* runs_on) = 0;
};

/// Whether this version of CAF can do it.
inline constexpr bool is_direct_delivery_possible = CAF_MAJOR_VERSION < 1;

#if CAF_MAJOR_VERSION >= 1
/// CAF 1.x has no way to handle a message that is not in the mailbox.
inline bool is_idle(caf::scheduled_actor&) { return false; }
inline void handle_now(caf::scheduled_actor&, caf::mailbox_element&, actor_runner*) {}

template <class Content>
void deliver_directly(direct_receiver&, const caf::strong_actor_ptr&, Content&&, actor_runner*) {}
#else
/// Whether the actor has started, has no message left and has skipped none.
inline bool is_idle(caf::scheduled_actor& self) {
  return self.getf(caf::abstract_actor::is_initialized_flag) && self.mailbox().blocked() &&
         self.get_normal_queue().cache().empty() && self.get_urgent_queue().cache().empty() &&
         self.stream_managers().empty() && self.pending_stream_managers().empty();
}

/// Has an idle actor handle a message.
inline void handle_now(caf::scheduled_actor& self, caf::mailbox_element& element,
                       actor_runner* runs_on) {
  if (self.activate(runs_on, element) != caf::scheduled_actor::activation_result::skipped) return;
  // As from a mailbox, the actor gets it again once it has handled another message. CAF's own
  // push_to_cache counts the element twice.
  auto kept =
      caf::make_mailbox_element(element.sender, element.mid, {}, element.move_content_to_message());
  self.get_normal_queue().cache().push_back(kept.release());
}

/// Has a free receiver handle the content, in the name of `speaker`.
template <class Content>
void deliver_directly(direct_receiver& to, caf::strong_actor_ptr speaker, Content&& content,
                      actor_runner* runs_on) {
  // On the stack, so that nothing is allocated.
  caf::mailbox_element_vals<std::decay_t<Content> > element(
      std::move(speaker), caf::make_message_id(), {}, std::forward<Content>(content));
  to.handle_at_once(element, runs_on);
}
#endif

}  // namespace dgram
