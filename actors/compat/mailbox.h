/// Mailboxes whose rest can be looked at when they are closed.
#pragma once

#include <cstddef>
#include <utility>

#include "caf/config.hpp"
#include "caf/scheduled_actor.hpp"
#if CAF_MAJOR_VERSION >= 1
#include "caf_dgram/actors/compat/open_mailbox.h"
#else
#include "caf/intrusive/task_result.hpp"
#endif

namespace dgram {

/// Closes the mailbox of an actor that ends and calls `reject` for every element left
/// in it. The actor was spawned by `spawn_own`.
#if CAF_MAJOR_VERSION >= 1
template <class Reject>
void reject_mailbox(caf::scheduled_actor& self, Reject reject) {
  auto& mailbox = static_cast<open_mailbox&>(self.mailbox());
  if (!mailbox.closed()) mailbox.close_with(reject);
}
#else
namespace internal {

template <class Reject>
class rejecting {
 public:
  explicit rejecting(Reject& reject) : reject_(reject) {}

  /// Called by CAF's queues.
  template <class Key, class Queue, class Element>
  caf::intrusive::task_result operator()(const Key&, const Queue&, Element& element) {
    reject_(element);
    return caf::intrusive::task_result::resume;
  }

  template <class Key, class Queue, class Slot, class NestedQueue, class Element>
  caf::intrusive::task_result operator()(const Key&, const Queue&, Slot, const NestedQueue&,
                                         Element& element) {
    reject_(element);
    return caf::intrusive::task_result::resume;
  }

 private:
  Reject& reject_;
};

}  // namespace internal

template <class Reject>
void reject_mailbox(caf::scheduled_actor& self, Reject reject) {
  auto& mailbox = self.mailbox();
  if (mailbox.closed()) return;
  mailbox.close();
  auto& queues = mailbox.queue().queues();
  std::get<caf::scheduled_actor::normal_queue_index>(queues).flush_cache();
  std::get<caf::scheduled_actor::urgent_queue_index>(queues).flush_cache();
  internal::rejecting<Reject> rejects(reject);
  constexpr std::size_t round = 1000;
  while (mailbox.queue().new_round(round, rejects).consumed_items > 0) {
  }
}
#endif

}  // namespace dgram
