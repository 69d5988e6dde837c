/// Closes an actor's mailbox.
#pragma once

#include <cstddef>
#include <utility>

#include "caf/intrusive/task_result.hpp"
#include "caf/scheduled_actor.hpp"

namespace dgram {

/// Closes the mailbox of an actor that ends and calls `reject` for every element left
/// in it.
template <class Reject>
class mailbox_rejection {
 public:
  explicit mailbox_rejection(Reject reject) : reject_(std::move(reject)) {}

  void apply(caf::scheduled_actor& self) {
    auto& mailbox = self.mailbox();
    if (mailbox.closed()) return;
    mailbox.close();
    auto& queues = mailbox.queue().queues();
    std::get<caf::scheduled_actor::normal_queue_index>(queues).flush_cache();
    std::get<caf::scheduled_actor::urgent_queue_index>(queues).flush_cache();
    constexpr std::size_t round = 1000;
    while (mailbox.queue().new_round(round, *this).consumed_items > 0) {
    }
  }

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
  Reject reject_;
};

}  // namespace dgram
