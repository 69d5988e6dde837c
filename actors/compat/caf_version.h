/// What the rest of this layer needs of CAF 0.17 under names of its own, so that
/// most of what another version calls differently has one place.
#pragma once

#include <caf/all.hpp>

#include <utility>

namespace dgram {

using actor_runner = caf::execution_unit;

template <class Result, class Command>
using answers = typename caf::replies_to<Command>::template with<Result>;

template <class Inspector, class Object, class... Fields>
auto inspect_parts(Inspector& f, Object&, const char* name, Fields&... fields) {
  return f(caf::meta::type_name(name), fields...);
}

/// Lists a value as one part of another form, from which `restore` reads it
/// back (it returns a caf::error).
template <class Inspector, class Form, class Restore>
auto inspect_as(Inspector& f, const char* name, Form& form, Restore restore) {
  return f(caf::meta::type_name(name), form, caf::meta::load_callback(restore));
}

/// Sends a message that any number of receivers may share, in the name of `speaker`.
inline void send_shared(caf::strong_actor_ptr speaker, const caf::actor& to,
                        const caf::message& what, actor_runner* runs_on) {
  to->enqueue(std::move(speaker), caf::make_message_id(), what, runs_on);
}

/// Sends a message that one receiver gets.
template <class Content>
void send_alone(caf::strong_actor_ptr speaker, const caf::actor& to, Content content,
                actor_runner* runs_on) {
  to->enqueue(
      caf::make_mailbox_element(std::move(speaker), caf::make_message_id(), {}, std::move(content)),
      runs_on);
}

/// Calls `reject` for every element left in the mailbox of an actor that ends,
/// and closes the mailbox against further ones.
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
