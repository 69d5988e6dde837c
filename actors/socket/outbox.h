/// The way out of a socket: from the mailbox, where the senders' threads put
/// datagrams, through the send queue to the kernel, along with the answers owed.
///
///   element = outbox.admit(std::move(element));   // any thread, before the mailbox
///   …
///   outbox.queue({data, {}, data.size(), to, reply});
///   outbox.flush();                             // at the end of a turn
///
/// Everything but `admit` is for the socket's loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "caf/mailbox_element.hpp"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/send_rate.h"
#include "caf_dgram/actors/socket/error_log.h"
#include "caf_dgram/actors/socket/mailbox_budget.h"
#include "caf_dgram/actors/socket/part_owner.h"
#include "caf_dgram/actors/socket/retry_delay.h"
#include "caf_dgram/actors/socket/send_queue.h"
#include "caf_dgram/actors/socket/subscribers.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {

class outbox final : private send_queue::observer {
 public:
  using clock = std::chrono::steady_clock;

  outbox(part_owner& owner, subscribers& audience, error_log& errors, socket& sock,
         const send_queue_limits& limits, const std::optional<send_rate>& rate);

  // -- the mailbox ------------------------------------------------------------

  /// What goes to the mailbox: the element, if it has no datagrams or there is room for them.
  /// If not, a request is answered here; what is left is nothing, or, for the first refusal
  /// that is untold, a reminder to the socket to report it. Any thread.
  caf::mailbox_element_ptr admit(caf::mailbox_element_ptr element);

  /// Bytes that a command takes in the mailbox; 0 for commands without datagrams.
  static std::size_t size_in_mailbox(const send& command);
  static std::size_t size_in_mailbox(const send_batch& command);
  template <class Command>
  static std::size_t size_in_mailbox(const Command&) {
    return 0;
  }

  /// A command of this size has left the mailbox.
  void leave_mailbox(std::size_t size) {
    if (budget_.leave(size)) report_room_in_mailbox();
  }

  // -- sending ----------------------------------------------------------------

  /// Queues checked datagrams. Those that there is no room for are offered to the kernel;
  /// if it does not take them either, they are refused.
  void queue(outgoing&& what);

  /// The same for a datagram that nobody is told of. `to` is null for the connected peer.
  void queue_plain(payload&& data, const endpoint* to, const ip_address& from);

  /// Whether the queue takes so much without a flush.
  bool has_room(std::size_t datagrams, std::size_t bytes) const noexcept {
    return queue_.has_room(datagrams, bytes);
  }

  /// Hands over as much as the kernel takes.
  void flush();

  /// Whether the queue is full because others need their turn, not because of the kernel:
  /// commands have to wait until a flush.
  bool is_congested() const noexcept {
    return queue_.has_ready() && queue_.is_full() && !is_blocked();
  }

  /// A send finds too many waiting for host names: `why`. It is refused like one that
  /// finds the queue full.
  void refuse_waiting(outgoing& what, const absl::Status& why);

  /// Fewer sends wait for host names than before.
  void report_room_for_names() { report_drained(); }

  /// A flush is due: requested by `part_owner::flush_later`, because the socket became
  /// writable, or at `retry_at`.
  void on_due();

  /// The socket has another peer from now on, or none.
  void forget_peer() noexcept { queue_.forget_peer(); }

  /// Addresses datagrams queued for the connected peer explicitly, since the socket is
  /// about to lose it.
  void address_to(const endpoint& peer) { queue_.address_to(peer); }

  /// Looks for refusals and a drain that have not been told.
  void report_room_in_mailbox();

  /// A send fails before it can be queued: counts it, and answers or publishes an error.
  void reject(reply<std::uint64_t>& owed, const absl::Status& why, failed_command what);
  void reject(outgoing& what, const absl::Status& why);
  void reject(batch_receipt& receipt, std::size_t count, const absl::Status& why);

  /// Refuses a command that came too late to be sent: fails the request, or counts it
  /// for the one error that `finish` publishes.
  template <class Result>
  void refuse_late(reply<Result>& owed, const absl::Status& why, const char* operation,
                   std::size_t datagrams) {
    if (owed.is_owed()) {
      unsent_requests_ += datagrams;
      owed.fail(to_error(why));
    } else if (datagrams > 0) {
      unsent_.add([&] { return why; }, operation, datagrams);
    }
  }

  /// The socket ends before the datagrams could be sent: fails the request, or counts them
  /// for the one error that `finish` publishes.
  void give_up(outgoing& what, absl::FunctionRef<absl::Status()> why);

  /// Gives up everything still queued. Nothing may be queued afterwards.
  void finish();

  // -- properties -------------------------------------------------------------

  bool empty() const noexcept { return queue_.empty(); }
  bool is_watching_writable() const noexcept { return watching_writable_; }
  /// When `on_due` has to be called.
  std::optional<clock::time_point> retry_at() const;

  /// Sets the sending part of `total`.
  void count_into(statistics& total);

 private:
  void on_sent(outgoing& what, std::size_t count, std::size_t bytes) override;
  void on_send_failed(outgoing& what, int error) override;
  void on_earlier_error(int error) override;

  /// Fails the next `count` datagrams of `what`: answers, or publishes an error.
  void fail(outgoing& what, const absl::Status& why, std::size_t count = 1);

  /// Marks `count` datagrams of a batch as refused.
  void refuse(batch_receipt& receipt, std::size_t count, const absl::Status& why);

  /// Answers a batch once none of its datagrams is outstanding.
  void settle_if_done(batch_receipt& receipt);

  /// Whether flushing again is of no use now.
  bool is_blocked() const noexcept {
    return watching_writable_ || flush_again_at_ || (!queue_.has_ready() && !queue_.empty());
  }

  void flush(send_queue::effort& may);
  void request_flush();
  void flush_soon();

  /// The queue has no room for `count` datagrams of `what`.
  void refuse_excess(outgoing& what, std::size_t count);
  void refuse_full(outgoing& what, std::size_t count, const absl::Status& why);

  /// Counts and reports sends that found no room in the mailbox.
  void report_refused_in_mailbox();

  /// Counts refused asynchronous sends. True for the first since the queue filled up.
  bool drop_unanswered(std::uint64_t datagrams);

  /// Reports that the queue has room again, if a sender found it full.
  void report_drained();
  void publish_drained();

  part_owner& owner_;
  subscribers& audience_;
  error_log& errors_;
  socket& socket_;
  send_queue queue_;
  mailbox_budget budget_;
  std::uint64_t refused_ = 0;             ///< Datagrams refused by a full queue or mailbox.
  std::uint64_t rejected_ = 0;            ///< Datagrams that failed before they could be queued.
  std::uint64_t dropped_unanswered_ = 0;  ///< The asynchronous ones since `was_full_`.
  first_error unsent_;                    ///< Asynchronous sends left at the end.
  std::uint64_t unsent_requests_ = 0;     ///< Datagrams of requests left at the end.
  bool was_full_ = false;                 ///< Since it was last half empty.
  bool watching_writable_ = false;
  bool flush_requested_ = false;
  bool finished_ = false;
  send_queue::effort effort_;                        ///< Left for flushes in this turn.
  std::optional<clock::time_point> flush_again_at_;  ///< A device is full, or the rate used up.
  retry_delay device_retry_delay_;
};

}  // namespace dgram
