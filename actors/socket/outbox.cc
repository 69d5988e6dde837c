#include "caf_dgram/actors/socket/outbox.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/after_end.h"
#include "caf_dgram/dgram/posix/usual_cause.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;

/// Delay before a full device queue is tried again.
constexpr milliseconds first_retry{1};
constexpr milliseconds longest_retry{32};

/// Takes a few milliseconds at most.
constexpr send_queue::effort effort_a_turn{8192};

/// The mailbox may hold as many datagrams as the queue. Messages are larger than queue
/// entries, and a few must fit even with small limits.
std::size_t mailbox_limit(const send_queue_limits& limits) {
  constexpr std::size_t lowest = std::size_t{1} << 20;
  // Low enough that the sum below cannot overflow.
  constexpr auto highest = std::numeric_limits<std::size_t>::max() / 4;
  constexpr auto message = message_size<send>;
  const auto messages = std::min(limits.datagrams, highest / message) * message;
  return std::max(std::min(limits.bytes, highest) + messages, lowest);
}

std::string destination(const outgoing& what) {
  auto text = what.to ? absl::StrCat("to ", what.to->to_string()) : "to the connected peer";
  if (!what.from.is_unspecified()) absl::StrAppend(&text, " from ", what.from.to_string());
  return text;
}

failed_command failed(const outgoing& what) {
  return {send::operation, what.to ? address(*what.to) : address()};
}

bool is_batch(const outgoing& what) {
  return std::holds_alternative<std::shared_ptr<batch_receipt>>(what.done);
}

bool is_unanswered(const outgoing& what) {
  return std::holds_alternative<std::monostate>(what.done);
}

}  // namespace

outbox::outbox(part_owner& owner, subscribers& audience, error_log& errors, socket& sock,
               const send_queue_limits& limits, const std::optional<send_rate>& rate)
    : owner_(owner),
      audience_(audience),
      errors_(errors),
      socket_(sock),
      queue_(*this, limits, rate),
      budget_(mailbox_limit(limits)),
      effort_(effort_a_turn),
      device_retry_delay_(first_retry, longest_retry) {}

// -- the mailbox --------------------------------------------------------------

std::size_t outbox::size_in_mailbox(const send& command) {
  auto size = message_size<send> + command.data.size();
  for (const auto& part : command.buffers) size += sizeof(part) + part.size();
  return size;
}

std::size_t outbox::size_in_mailbox(const send_batch& command) {
  return message_size<send_batch> + command.datagrams.bytes() + command.datagrams.overhead();
}

caf::mailbox_element_ptr outbox::admit(caf::mailbox_element_ptr element) {
  // CAF drops responses that nobody waits for: no handler would give their bytes back.
  if (element->mid.is_response()) return element;
  const auto& content = element->content();
  const char* operation = nullptr;
  std::size_t size = 0;
  std::size_t datagrams = 1;
  if (content.match_elements<send>()) {
    operation = send::operation;
    size = size_in_mailbox(content.get_as<send>(0));
  } else if (content.match_elements<send_batch>()) {
    const auto& command = content.get_as<send_batch>(0);
    operation = send_batch::operation;
    size = size_in_mailbox(command);
    datagrams = command.datagrams.size();
  }
  if (operation == nullptr || budget_.admit(size)) return element;
  const bool is_request = element->mid.is_request() && element->sender;
  const bool is_untold = budget_.refuse(datagrams, is_request);
  if (is_request) {
    auto why =
        to_error(failure(errc::queue_full, operation, "",
                         absl::StrCat(budget_.waiting(), " bytes wait in the socket's mailbox")));
    send_shared(nullptr, element->sender, element->mid.response_id(),
                caf::make_message(std::move(why)), nullptr);
  }
  if (!is_untold) return nullptr;
  return make_element(nullptr, caf::make_message_id(), get_statistics{});
}

void outbox::report_room_in_mailbox() {
  report_refused_in_mailbox();
  report_drained();
}

void outbox::report_refused_in_mailbox() {
  const auto refused = budget_.take_refused();
  if (refused.datagrams == 0) return;
  refused_ += refused.datagrams;
  was_full_ = true;
  if (drop_unanswered(refused.unanswered)) {
    errors_.publish(failure(errc::queue_full, send::operation, "", "the socket's mailbox is full"),
                    {send::operation, {}});
  }
}

// -- sending ------------------------------------------------------------------

void outbox::queue(outgoing&& what) {
  for (auto fitting = queue_.room_for(what); fitting < what.count();
       fitting = queue_.room_for(what)) {
    if (is_blocked()) {
      refuse_excess(what, what.count() - fitting);
      if (fitting == 0) return;
      what.keep(fitting);
      break;
    }
    // The rest of this message is in memory already: it waits in the queue, and later
    // commands wait for a flush (`is_congested`).
    if (effort_.left == 0) break;
    // Datagrams queued in this turn have not been offered to the kernel yet.
    if (fitting > 0) queue_.push(what.take(fitting));
    flush(effort_);
    if (finished_) return fail(what, closed_failure(send::operation), what.count());
  }
  queue_.push(std::move(what));
  flush_soon();
}

void outbox::queue_plain(payload&& data, const endpoint* to, const ip_address& from) {
  if (!queue_.has_room(1, data.size())) {
    auto out = outgoing::one(std::move(data), {}, {});
    if (to != nullptr) out.to = *to;
    out.from = from;
    return queue(std::move(out));
  }
  queue_.push_plain(std::move(data), to, from);
  flush_soon();
}

void outbox::flush_soon() {
  // A full socket is flushed when the poller reports it writable.
  if (!watching_writable_) request_flush();
}

void outbox::request_flush() {
  if (!std::exchange(flush_requested_, true)) owner_.flush_later();
}

void outbox::flush() {
  auto unlimited = send_queue::effort::unlimited();
  flush(unlimited);
}

void outbox::flush(send_queue::effort& may) {
  using backlog = send_queue::backlog;
  if (queue_.has_ready()) owner_.before_sending();
  const auto now = clock::now();
  const auto before = retry_at();
  const auto left = queue_.empty() ? backlog::none : queue_.flush(socket_, now, may);
  const bool wanted = left == backlog::until_writable;
  if (std::exchange(watching_writable_, wanted) != wanted) owner_.watch_changed();
  report_drained();
  flush_again_at_.reset();
  if (left == backlog::until_retry) flush_again_at_ = now + device_retry_delay_.next();
  if (left == backlog::until_allowed) flush_again_at_ = queue_.next_allowed();
  if (left == backlog::more) request_flush();
  if (retry_at() != before) owner_.deadline_changed();
}

std::optional<outbox::clock::time_point> outbox::retry_at() const {
  const auto next_try = queue_.next_try();
  if (!flush_again_at_ || !next_try) return flush_again_at_ ? flush_again_at_ : next_try;
  return std::min(*flush_again_at_, *next_try);
}

void outbox::on_due() {
  flush_requested_ = false;
  effort_ = effort_a_turn;
  report_refused_in_mailbox();
  flush(effort_);
  effort_ = effort_a_turn;
}

void outbox::on_sent(outgoing& what, std::size_t count, std::size_t bytes) {
  device_retry_delay_.reset();
  owner_.count_traffic(count);
  if (is_unanswered(what)) return;
  if (auto* single = std::get_if<reply<std::uint64_t>>(&what.done)) return single->deliver(bytes);
  auto& receipt = *std::get<std::shared_ptr<batch_receipt>>(what.done);
  receipt.so_far.sent += count;
  receipt.so_far.bytes += bytes;
  receipt.outstanding -= count;
  settle_if_done(receipt);
}

void outbox::on_send_failed(outgoing& what, int error) {
  if (!what.to) owner_.peer_may_be_gone();
  errors_.count(error);
  const auto to = what.to ? absl::StatusOr<endpoint>(*what.to) : socket_.remote_endpoint();
  fail(what, system_failure(send::operation, destination(what), error,
                            to.ok() ? usual_cause_of_send(error, *to, what.from) : ""));
}

void outbox::on_earlier_error(int error) {
  errors_.count(error);
  errors_.publish_within_budget(system_failure(send::operation, "to the connected peer", error),
                                {send::operation, {}});
}

// -- failing ------------------------------------------------------------------

void outbox::reject(reply<std::uint64_t>& owed, const absl::Status& why, failed_command what) {
  ++rejected_;
  errors_.fail_send(owed, why, std::move(what));
}

void outbox::reject(outgoing& what, const absl::Status& why) {
  ++rejected_;
  fail(what, why);
}

void outbox::reject(batch_receipt& receipt, std::size_t count, const absl::Status& why) {
  rejected_ += count;
  refuse(receipt, count, why);
}

void outbox::fail(outgoing& what, const absl::Status& why, std::size_t count) {
  if (auto* single = std::get_if<reply<std::uint64_t>>(&what.done)) {
    return errors_.fail_send(*single, why, failed(what));
  }
  if (is_unanswered(what)) return errors_.publish_within_budget(why, failed(what));
  refuse(*std::get<std::shared_ptr<batch_receipt>>(what.done), count, why);
}

void outbox::refuse(batch_receipt& receipt, std::size_t count, const absl::Status& why) {
  if (receipt.so_far.refused == 0) receipt.reason = why;
  receipt.so_far.refused += count;
  receipt.outstanding -= count;
  settle_if_done(receipt);
}

void outbox::settle_if_done(batch_receipt& receipt) {
  if (receipt.outstanding > 0) return;
  const auto refused = receipt.so_far.refused;
  if (receipt.is_request) {
    if (refused > 0) receipt.so_far.reason = to_error(receipt.reason);
    receipt.owed.deliver(std::move(receipt.so_far));
  } else if (refused > 0) {
    errors_.publish_within_budget(receipt.reason, {send_batch::operation, {}}, refused);
  }
}

void outbox::refuse_excess(outgoing& what, std::size_t count) {
  refuse_full(what, count,
              failure(errc::queue_full, send::operation, destination(what),
                      absl::StrCat(queue_.datagrams(), " datagrams with ", queue_.bytes(),
                                   " bytes wait to be sent")));
}

void outbox::refuse_waiting(outgoing& what, const absl::Status& why) { refuse_full(what, 1, why); }

void outbox::refuse_full(outgoing& what, std::size_t count, const absl::Status& why) {
  refused_ += count;
  was_full_ = true;
  if (is_batch(what)) {
    auto& receipt = *std::get<std::shared_ptr<batch_receipt>>(what.done);
    if (receipt.is_request) return refuse(receipt, count, why);
    if (drop_unanswered(count)) errors_.publish(why, failed(what));
    receipt.outstanding -= count;
    return settle_if_done(receipt);
  }
  if (!is_unanswered(what)) return fail(what, why);
  // Only the first one is reported; the drain_event gives their number.
  if (drop_unanswered(count)) errors_.publish(why, failed(what));
}

bool outbox::drop_unanswered(std::uint64_t datagrams) {
  const bool is_first = dropped_unanswered_ == 0;
  dropped_unanswered_ += datagrams;
  return is_first && datagrams > 0;
}

void outbox::report_drained() {
  if (!was_full_ || !queue_.is_half_empty() || !budget_.is_half_empty() ||
      !owner_.has_room_for_names()) {
    return;
  }
  publish_drained();
}

void outbox::publish_drained() {
  was_full_ = false;
  audience_.publish(drain_event{std::exchange(dropped_unanswered_, 0)});
}

void outbox::give_up(outgoing& what, absl::FunctionRef<absl::Status()> why) {
  const auto count = what.count();
  auto* receipt = std::get_if<std::shared_ptr<batch_receipt>>(&what.done);
  if (receipt != nullptr && !(*receipt)->is_request) {
    unsent_.add(why, send_batch::operation, count);
    (*receipt)->outstanding -= count;
    settle_if_done(**receipt);
  } else if (is_unanswered(what)) {
    unsent_.add(why, send::operation, count);
  } else {
    unsent_requests_ += count;
    fail(what, why(), count);
  }
}

void outbox::finish() {
  finished_ = true;
  for (auto& what : queue_.take_all()) {
    give_up(what, [&] {
      return failure(errc::closed, send::operation, what.to ? destination(what) : "",
                     "the socket was closed before the datagram could be sent");
    });
  }
  unsent_.publish_to(errors_);
  report_refused_in_mailbox();
  if (was_full_) publish_drained();
}

void outbox::count_into(statistics& total) {
  report_room_in_mailbox();
  const auto& sent = queue_.counters();
  total.sent = sent.datagrams;
  total.sent_bytes = sent.bytes;
  total.sent_offloaded = sent.offloaded;
  total.offload_refusals = sent.offload_refusals;
  total.send_errors = sent.failures;
  total.send_retries = sent.retries;
  total.send_dropped = refused_;
  total.send_rejected = rejected_;
  total.unsent = unsent_.count() + unsent_requests_;
  total.queued = queue_.datagrams();
  total.queued_bytes = queue_.bytes();
}

}  // namespace dgram
