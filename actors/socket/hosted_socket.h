/// The actor behind a `socket_actor` handle: owns one descriptor and runs on a
/// loop, which calls it for mailbox and descriptor alike.
///
/// Life: opened, perhaps bound and connected, then closing (what was accepted
/// is still being sent) and ended. `close`, an exit message, an exception and
/// the runtime's shutdown all end in `cleanup`, which gives everything back.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/loop/loop.h"
#include "caf_dgram/actors/loop/loop_inbox.h"
#include "caf_dgram/actors/open_options.h"
#include "caf_dgram/actors/resolver.h"
#include "caf_dgram/actors/socket/drop_counter.h"
#include "caf_dgram/actors/socket/event_budget.h"
#include "caf_dgram/actors/socket/mailbox_budget.h"
#include "caf_dgram/actors/socket/reply.h"
#include "caf_dgram/actors/socket/send_queue.h"
#include "caf_dgram/actors/socket/socket_census.h"
#include "caf_dgram/actors/socket/subscribers.h"
#include "caf_dgram/actors/socket_actor.h"
#include "caf_dgram/dgram/memory/memory_account.h"
#include "caf_dgram/dgram/posix/memberships.h"
#include "caf_dgram/dgram/posix/receiver.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {

/// What a socket needs from its runtime.
struct hosted_socket_setup {
  loop& host;  ///< Outlives the socket's descriptor, not its handles.
  socket_census& census;
  open_options options;
  resolver_actor resolver;
  caf::timespan resolve_timeout;
  std::size_t max_waiting_for_names = 0;
  std::chrono::nanoseconds linger{0};

  /// The group that the socket is a member of, if any. It speaks for all of them
  /// of what concerns all: here, of datagrams and errors only, in its name.
  caf::strong_actor_ptr group;
};

class hosted_socket final : public socket_actor::base,
                            private loop_client,
                            private send_queue::observer {
 public:
  hosted_socket(caf::actor_config& config, dgram::socket descriptor, hosted_socket_setup setup);
  ~hosted_socket() override;

  // -- for CAF ----------------------------------------------------------------

  const char* name() const override { return "dgram.socket"; }

  /// Marks the actor as one that its loop runs, not CAF's scheduler.
  caf::resumable::subtype_t subtype() const override { return caf::resumable::io_actor; }

  /// Wakes the loop, whoever sends. After the end it answers in the sender's
  /// thread: `closed`, or to a further close the same as to the first. What is to
  /// be sent is refused there, too, when too much of it waits in the mailbox.
  void enqueue(caf::mailbox_element_ptr element, actor_runner* sender_runs_on) override;

  behavior_type make_behavior() override;

  /// The one place where a socket ends, whatever ended it.
  bool cleanup(caf::error&& reason, actor_runner* host) override;

 private:
  using clock = loop::clock;

  // -- for the loop -----------------------------------------------------------

  void on_ready(bool readable, bool writable) override;
  void on_flush() override;
  void on_deadline() override;
  void on_asked_again() override;
  void on_shutdown() override;
  void on_exception(std::exception_ptr what) override;

  // -- for the send queue -----------------------------------------------------

  void on_sent(outgoing& what, std::size_t count, std::size_t bytes) override;
  void on_send_failed(outgoing& what, int error) override;
  void on_earlier_error(int error) override;

  // -- handling commands ------------------------------------------------------

  /// Whether there is room in the mailbox for a command that is to be sent; if
  /// not, it is answered. Any thread.
  template <class Command>
  bool admit(const caf::mailbox_element& element, const Command& command, std::size_t datagrams);

  /// Runs `action` with the command and the reply it is owed, unless closed.
  template <class Result, class Command, class Action>
  caf::result<Result> handle(Command& command, Action action);

  /// The same for an action that is done at once and returns its result.
  template <class Result, class Command, class Action>
  caf::result<Result> handle_at_once(Command& command, Action action);

  /// Whether the current command comes behind a bind or connect that waits for
  /// its host name: it is then skipped, and comes again in its order.
  bool must_wait();

  /// Answers a request with the error, or publishes it.
  template <class Result>
  void fail(reply<Result>& owed, const absl::Status& why);

  template <class Result>
  void settle(reply<Result>& owed, absl::StatusOr<Result> result);
  void settle(reply<void>& owed, const absl::Status& result);

  void do_bind(const bind& command, reply<endpoint> owed);
  absl::StatusOr<endpoint> bind_to(const endpoint& local, bool replace_stale_path);
  void do_connect(const connect& command, reply<endpoint> owed);
  absl::StatusOr<endpoint> connect_to(const endpoint& peer);
  absl::Status do_disconnect();
  /// The usual send, that nobody waits for and that nothing is wrong with, with
  /// none of the work that others need. False if this is not one.
  bool send_at_once(dgram::send& command);

  void do_send(dgram::send& command, reply<std::uint64_t> owed);
  absl::Status prepare(dgram::send& command) const;
  void do_send_batch(send_batch& command, reply<batch_result> owed);

  /// Whether a batch's run may go to `to`, null for the connected peer.
  absl::Status check(const datagram_run& run, const endpoint* to) const;

  /// So many datagrams of a batch are not sent.
  void refuse(batch_receipt& receipt, std::size_t count, const absl::Status& why);

  /// Answers a batch of which nothing is outstanding any more.
  void settle_if_done(batch_receipt& receipt);

  /// Tells whoever is owed it that the next datagrams of `what` are lost.
  void fail(outgoing& what, const absl::Status& why, std::size_t count = 1);
  void fail_all(outgoing& what, const absl::Status& why);

  statistics count() const;
  absl::Status set(option id, const option_value& value);
  absl::Status bind_implicitly();

  /// Asks the resolver; until it has answered, later commands wait, so that what
  /// follows a bind or connect finds it done.
  template <class Action>
  void await_address(const char* operation, const located& where, reply<endpoint> owed,
                     Action action);

  /// Asks the resolver on behalf of one send; later commands overtake it.
  void send_when_resolved(outgoing what, const located& where);

  /// Picks the answer's first address of the socket's family.
  absl::StatusOr<endpoint> pick(const char* operation, const located& where,
                                const resolved& found) const;

  // -- sending and receiving --------------------------------------------------

  void queue(outgoing what);

  /// A command that was to be sent is looked at and in the mailbox no more.
  void leave_mailbox(std::size_t size);

  /// Counts and tells what found no room in the mailbox.
  void tell_refused_early();

  /// The queue has no room for so many datagrams of `what`.
  void refuse_excess(outgoing& what, std::size_t count);

  /// Counts what nobody who sent it is told of; whether it is the first since the
  /// queue was full.
  bool drop_unanswered(std::uint64_t datagrams);

  /// Tells that the queue has room again, if somebody found it full.
  void tell_drained();

  void flush_queue();
  void receive_all();
  void count_traffic(std::size_t datagrams);
  void count_error(int error) { ++errors_[error]; }

  void on_receive_error(int error);

  /// Tells of what others can cause at will, as often as they like.
  void publish_within_budget(const absl::Status& why);

  // -- reading no further -----------------------------------------------------

  /// Whether subscribers hold all memory; if so, `on_asked_again` finds out when
  /// enough of it has come back.
  bool lacks_memory();

  /// Pauses or resumes reading after something that may change it.
  void consider_reading();

  /// Subscribers came, went or have other wishes.
  void on_subscribers_changed();

  /// Has the poller watch the descriptor for what the socket waits for.
  void update_watch();

  /// Looks for drops of the kernel, and losses to be told, after a while.
  void watch_drops();
  void check_drops();
  void read_drops();

  /// A peer that the kernel has let go of is nobody to disconnect from.
  void check_peer();

  // -- the end ----------------------------------------------------------------

  /// From the first close on, the socket has so much time left.
  void start_linger_time();
  void begin_close();
  void end_if_flushed();
  void end(caf::error reason);
  void fail_unsent();

  /// Sets the loop's deadline to the earlier of retry and linger time.
  void schedule();

  hosted_socket_setup setup_;
  const std::shared_ptr<loop_inbox> inbox_;
  dgram::socket socket_;
  subscribers subscribers_;
  memberships memberships_;
  send_queue queue_;
  statistics received_;                  ///< Only the receiving part is kept here.
  std::map<int, std::uint64_t> errors_;  ///< By errno.
  event_budget budget_;                  ///< For errors that others cause.

  mailbox_budget mailbox_budget_;  ///< For what is to be sent.

  std::shared_ptr<memory_account> account_;  ///< Of the datagrams that were received.
  receive_terms terms_;
  drop_counter drops_;
  std::optional<clock::time_point> check_drops_at_;
  clock::duration drop_pace_;

  const bool alone_;  ///< Not a member of a group.
  bool bound_ = false;
  bool connected_ = false;
  bool closing_ = false;
  bool ended_ = false;
  bool watching_writable_ = false;
  bool flush_requested_ = false;
  bool paused_ = false;                   ///< Reads no further.
  bool asking_ = false;                   ///< Waits for memory, by `on_asked_again`.
  bool was_full_ = false;                 ///< The send queue, since it was half empty.
  std::uint64_t refused_ = 0;             ///< Datagrams that the full queue refused.
  std::uint64_t dropped_unanswered_ = 0;  ///< Asynchronous sends refused since then.

  /// Sends that wait for a host name, by the order of their arrival.
  std::map<std::uint64_t, outgoing> unresolved_;
  std::uint64_t next_unresolved_ = 0;
  /// The bind or connect that waits for a host name.
  struct awaited_address {
    const char* operation;
    std::string value;
    reply<endpoint> owed;
  };
  std::optional<awaited_address> awaited_;

  std::vector<reply<void>> close_replies_;
  std::optional<clock::time_point> retry_at_;
  clock::duration retry_delay_;
  std::optional<clock::time_point> linger_until_;
};

}  // namespace dgram
