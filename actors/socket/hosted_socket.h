/// The actor behind a `socket_actor` handle. Owns one descriptor and runs on a loop,
/// which calls it for both mailbox and descriptor.
///
/// Life: opened, possibly bound and connected, then closing (accepted datagrams are
/// still being sent), then ended. A `close`, the owner's end, an exit message, an
/// exception and the runtime's shutdown all lead to `on_end`, which releases everything.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "caf/typed_event_based_actor.hpp"
#include "caf_dgram/actors/compat/death_watches.h"
#include "caf_dgram/actors/compat/direct_sender.h"
#include "caf_dgram/actors/compat/ending.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/loop/loop.h"
#include "caf_dgram/actors/socket/addressing.h"
#include "caf_dgram/actors/socket/error_log.h"
#include "caf_dgram/actors/socket/held_commands.h"
#include "caf_dgram/actors/socket/hosted_actor.h"
#include "caf_dgram/actors/socket/hosted_socket_setup.h"
#include "caf_dgram/actors/socket/intake.h"
#include "caf_dgram/actors/socket/name_waits.h"
#include "caf_dgram/actors/socket/opened_socket.h"
#include "caf_dgram/actors/socket/outbox.h"
#include "caf_dgram/actors/socket/part_owner.h"
#include "caf_dgram/actors/socket/reply.h"
#include "caf_dgram/actors/socket/sending.h"
#include "caf_dgram/actors/socket/subscribers.h"

namespace dgram {

class hosted_socket final : public ending<own_actor<hosted_actor::base>>,
                            public direct_sender,
                            private loop_client,
                            private part_owner {
 public:
  hosted_socket(caf::actor_config& config, opened_socket opened, hosted_socket_setup setup);

  // -- for CAF ----------------------------------------------------------------

  const char* name() const override { return "dgram.socket"; }

  /// Marks the actor as run by its loop, not by CAF's scheduler.
  bool runs_on_loop() const noexcept override { return true; }

  behavior_type make_behavior() override;

  /// More than for others: who sends beside it needs no message once none waits.
  std::size_t messages_in_a_run(std::size_t usual) const noexcept override { return 4 * usual; }

  // -- for its neighbours -------------------------------------------------------

  const void* home() const noexcept override { return setup_.inbox.get(); }
  bool perform_at_once(dgram::send& command) override;
  bool perform_at_once(send_batch& command) override;

 private:
  using clock = loop::clock;

  /// Wakes the loop. On the sender's thread it also answers requests after the end and
  /// refuses sends when too many wait in the mailbox.
  void take_in(caf::mailbox_element_ptr element, actor_runner* sender_runs_on) override;

  void on_end(const caf::error& reason) override;

  // -- for the loop -----------------------------------------------------------

  void on_ready(bool readable, bool writable) override;
  void on_flush() override;
  void on_deadline() override;
  void on_asked_again() override { intake_.on_asked_again(); }
  void on_shutdown() override;
  void on_exception(std::exception_ptr what) override;

  // -- for the parts ----------------------------------------------------------

  void flush_later() override { setup_.host.flush_later(*this); }
  void ask_again() override { setup_.host.ask_again(*this); }
  void watch_changed() override;
  void deadline_changed() override;
  void before_sending() override;
  void peer_may_be_gone() override;
  bool has_room_for_names() const override { return names_.is_half_empty(); }
  void count_traffic(std::size_t datagrams) override;

  // -- commands ---------------------------------------------------------------

  template <class... Commands>
  behavior_type handle_all(message_list<Commands...>);

  /// Performs a command now, or after those that wait.
  template <class Command>
  caf::result<typename Command::answer> handle(Command& command);

  template <class Command>
  void perform_or_refuse(Command& command, reply<typename Command::answer> owed);

  /// Whether commands have to wait: for a name, or until others had their turn.
  bool commands_wait() const { return names_.hold_commands() || outbox_.is_congested(); }

  /// Whether a command may be performed now.
  bool commands_are_next() const { return !closing_ && !commands_wait() && held_.empty(); }

  /// Performs held commands until one has to wait again.
  void perform_held();

  /// Whether a send that does not come from the mailbox may be queued now.
  bool takes_at_once(std::size_t datagrams, std::size_t bytes);

  void perform(dgram::send& command, reply<std::uint64_t> owed) {
    sends_.perform(command, std::move(owed));
  }
  void perform(send_batch& command, reply<batch_result> owed) {
    sends_.perform(command, std::move(owed));
  }
  void perform(bind& command, reply<endpoint> owed);
  void perform(connect& command, reply<endpoint> owed);
  void perform(disconnect& command, reply<void> owed);
  void perform(get_local_address& command, reply<endpoint> owed);
  void perform(get_remote_address& command, reply<endpoint> owed);
  void perform(close& command, reply<void> owed);
  void perform(get_option& command, reply<option_value> owed);
  void perform(add_membership& command, reply<membership> owed);
  void perform(drop_membership& command, reply<membership> owed);
  void perform(subscribe& command, reply<void> owed) {
    subscribe_through own{command, nullptr};
    perform(own, std::move(owed));
  }
  void perform(subscribe_through& command, reply<void> owed);
  void perform(unsubscribe& command, reply<void> owed);
  void perform(grant& command, reply<void> owed);
  void perform(get_statistics& command, reply<statistics> owed);

  /// `set_option` and its short forms.
  template <class Command>
  void perform(Command& command, reply<void> owed);

  /// Reads what waits, while the peer is still the one that it came for.
  void read_all() { intake_.drain(setup_.host.receiving(), setup_.host.received()); }

  /// Performs a command once its address is known.
  template <class Command, class Perform>
  void perform_at(const absl::StatusOr<located>& where, Command& command, reply<endpoint> owed,
                  Perform perform);

  absl::StatusOr<endpoint> connect_to(const endpoint& peer);
  absl::Status drop_peer();

  /// All counts but those of each subscriber.
  statistics count();

  // -- the end ----------------------------------------------------------------

  /// The first close starts the linger time, even while it is held.
  void start_linger_time();
  void begin_close();
  void end_if_flushed();
  void end(caf::error reason);

  hosted_socket_setup setup_;
  socket socket_;
  addressing addresses_;
  death_watches watches_;
  subscribers subscribers_;
  error_log errors_;
  outbox outbox_;
  intake intake_;
  name_waits names_;
  sending sends_;
  held_commands held_;
  bool closing_ = false;
  bool reads_ahead_ = false;  ///< In the middle of a flush.
  std::vector<reply<void>> close_replies_;
  std::optional<clock::time_point> linger_until_;
};

}  // namespace dgram
