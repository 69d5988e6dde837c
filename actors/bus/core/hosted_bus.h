/// The actor behind a `bus_actor` handle: CAF's face, timing, and the end. It lives on a loop with
/// its two sockets. What comes is `hearing`'s, what goes out `publishing`'s, who gets what
/// `subscriptions`'s.
///
/// Life: spawned, open once its sockets are, closing (what was accepted is still being sent),
/// ended. A `close`, the owner's end, an exit message, the runtime's shutdown and the end of a
/// socket lead to `begin_close`; a kill and an exception end it at once. All lead to `on_exit`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "caf/typed_event_based_actor.hpp"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/bus/core/bus_protocol.h"
#include "caf_dgram/actors/bus/core/hearing.h"
#include "caf_dgram/actors/bus/core/publishing.h"
#include "caf_dgram/actors/bus/core/subscriptions.h"
#include "caf_dgram/actors/compat/death_watches.h"
#include "caf_dgram/actors/compat/mailbox_guard.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/socket/hosted_actor.h"
#include "caf_dgram/actors/socket/mailbox_budget.h"
#include "caf_dgram/actors/socket/reply.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/lcm/senders.h"
#include "caf_dgram/dgram/memory/memory_account.h"

namespace dgram {

struct hosted_bus_setup {
  publishing::terms out;
  lcm::senders::limits in;
  bool local_delivery = false;
  bool publish_only = false;
  std::size_t mailbox_bytes = 0;  ///< Of messages to publish.
  std::size_t receive_memory = 0;
  std::size_t remote_unacknowledged = 0;
};

/// The answers that are owed until something else is answered. An actor of CAF 0.17 that ends would
/// leave them owed for ever.
template <class Answer>
class owed_answers {
 public:
  using key = std::uint64_t;

  key keep(reply<Answer> owed) {
    owed_.emplace(next_, std::move(owed));
    return next_++;
  }

  reply<Answer> take(key which) {
    auto found = owed_.extract(which);
    return found ? std::move(found.mapped()) : reply<Answer>();
  }

  void fail_all(const caf::error& why) {
    for (auto& [which, owed] : std::exchange(owed_, {})) owed.fail(why);
  }

 private:
  key next_ = 0;
  std::map<key, reply<Answer>> owed_;
};

class hosted_bus : public hosted_bus_actor::base, public mailbox_guard {
 public:
  hosted_bus(caf::actor_config& config, hosted_bus_setup setup);

  const char* name() const override { return "dgram.bus"; }
  behavior_type make_behavior() override;
  void on_exit() override;

  /// What acknowledges an event, and what asks it to end, as messages that say so; nothing if it is
  /// a message to publish and too many wait. Then a request is answered, and the first refusal
  /// leaves a reminder to tell the others.
  caf::mailbox_element_ptr admit(caf::mailbox_element_ptr element) override;

 private:
  using clock = std::chrono::steady_clock;

  template <class... Commands, class... Events>
  behavior_type handle_all(message_list<Commands...>, message_list<Events...>);

  // -- commands -----------------------------------------------------------------

  template <class Command>
  caf::result<typename Command::answer> handle(Command& command);

  void perform(publish& command, reply<published> owed);
  void perform(publish_batch& command, reply<published> owed);
  void perform(subscribe_channels& command, reply<void> owed);
  void perform(grant_messages& command, reply<void> owed);
  void perform(unsubscribe_channels& command, reply<void> owed);
  void perform(get_bus_statistics& command, reply<bus_statistics> owed);
  void perform(close& command, reply<void> owed);
  void perform(bus_sockets& command, const reply<void>& owed);
  void perform(bus_alarm& command, const reply<void>& owed);
  void perform(bus_exit& command, const reply<void>& owed);
  void perform(event_acknowledged& command, const reply<void>& owed);
  void perform(watched_ended& command, const reply<void>& owed);

  /// Answers with an error, or publishes it if nobody waits for an answer.
  template <class Answer>
  void refuse(const char* operation, reply<Answer> owed, const absl::Status& why);

  void settle(const char* operation, reply<void> owed, const absl::Status& status);

  /// Tells what found no room in the mailbox.
  void report_refused();

  /// Hands a message that was published to the bus's own subscribers, if it is to do so.
  void deliver_here(std::string_view channel, std::string_view bytes, std::uint32_t number);

  /// Sends what is written, and answers once the kernel has taken it.
  void answer_once_sent(published numbers, reply<published> owed);

  // -- events of the sockets ----------------------------------------------------

  void take(const batch_event& event);
  void take(const passive_event&) {}
  void take(const error_event& event) { subscriptions_.publish(event); }
  void take(const drain_event& event) { subscriptions_.publish(event); }
  void take(const kernel_drop_event& event) { subscriptions_.publish(event); }
  void take(const close_event& event);

  // -- time ---------------------------------------------------------------------

  /// Sends what is written once the messages that have come are handled.
  void flush_later();
  void flush();

  /// Sees to it that an alarm comes when something is due.
  void set_alarm();

  /// Pauses or resumes; call it when credits or memory may have changed.
  void consider_reading();

  /// Sends what is written, then ends.
  void begin_close(caf::error reason = {});

  hosted_bus_actor self_handle() { return caf::actor_cast<hosted_bus_actor>(this); }

  const hosted_bus_setup setup_;
  const std::shared_ptr<memory_account> account_;
  death_watches watches_;
  subscriptions subscriptions_;
  publishing publishing_;
  hearing hearing_;
  bus_sockets sockets_;
  datagram_ends own_;  ///< Its sending socket, as others see it; with local delivery only.
  std::uint64_t delivered_here_ = 0;
  mailbox_budget budget_;
  std::uint64_t refused_ = 0;  ///< Messages that found no room in the mailbox.
  owed_answers<published> publishes_;
  owed_answers<bus_statistics> countings_;
  std::vector<reply<void>> close_replies_;
  caf::error end_reason_;
  std::optional<clock::time_point> alarm_;    ///< When the next alarm comes.
  std::optional<clock::time_point> look_at_;  ///< When what is lost is looked for.
  bool flushes_ = false;                      ///< An alarm that flushes is under way.
  bool paused_ = false;
  bool closing_ = false;
};

}  // namespace dgram
