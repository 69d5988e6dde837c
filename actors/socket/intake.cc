#include "caf_dgram/actors/socket/intake.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/types/span.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;

/// Full batches read before the loop does other work, and datagrams from which on no further one
/// is. Those who get them one by one keep up, so that they need no mailbox.
constexpr int max_reads = 4;
constexpr std::size_t enough_datagrams = 1024;

/// Rounds of them before the queue is taken to be endless.
constexpr int max_drains = 256;

/// Datagrams looked at when the socket ends.
constexpr int max_last_reads = 64;

/// Interval of checks for drops and losses, with back-off while paused.
constexpr milliseconds drop_interval{100};
constexpr milliseconds longest_drop_interval{3'600'000};

}  // namespace

intake::intake(part_owner& owner, subscribers& audience, error_log& errors, socket& sock,
               limits limits, std::function<void()> on_memory_back)
    : owner_(owner),
      audience_(audience),
      errors_(errors),
      socket_(sock),
      blocked_(std::move(limits.blocked)),
      account_(std::make_shared<memory_account>(limits.memory, std::move(on_memory_back))),
      check_pace_(drop_interval) {
  terms_.blocked = blocked_.get();
  audience_.receive_on(account_);
}

void intake::prepare(bool receive_offload) {
  if (!is_udp(socket_.family())) return;
  // Without it, the kernel delivers datagrams one by one.
  if (receive_offload) socket_.set(option::receive_offload, true).IgnoreError();
  // Without it, `read_drops` still polls the kernel's counter.
  socket_.set(option::report_drops, true).IgnoreError();
}

// -- reading ------------------------------------------------------------------

void intake::on_readable(receiver& reader, batch& scratch) {
  if (!paused_) {
    receive(reader, scratch);
    return;
  }
  // A paused socket is woken for errors only.
  if (const int error = socket_.take_error(); error != 0) on_error(error);
}

void intake::drain(receiver& reader, batch& scratch) {
  drained_ = false;
  for (int rounds = 0; rounds < max_drains && !paused_; ++rounds) {
    if (!receive(reader, scratch)) return;
  }
}

void intake::read_ahead(receiver& reader, batch& scratch) {
  drained_ = false;
  if (!paused_) receive(reader, scratch);
}

void intake::hear_only(const endpoint& peer) {
  only_from_ = peer;
  terms_.only_from = &*only_from_;
}

void intake::hear_anyone() {
  terms_.only_from = nullptr;
  only_from_.reset();
}

void intake::report_unknown_drops() { audience_.publish(kernel_drop_event{0, drops_.total()}); }

bool intake::receive(receiver& reader, batch& scratch) {
  drained_ = false;
  std::size_t datagrams = 0;
  for (int reads = 0; reads < max_reads && datagrams < enough_datagrams; ++reads) {
    if (audience_.hold_up() || lacks_memory()) return consider_reading(), false;
    scratch.clear();
    terms_.room = account_->room();
    const auto outcome = reader.receive(socket_, scratch, terms_);
    if (outcome.emptied) {
      drained_ = true;
      hear_anyone();
    }
    if (outcome.error == EAGAIN || outcome.error == EWOULDBLOCK) return false;
    if (outcome.error != 0) return on_error(outcome.error), false;
    count(scratch, outcome);
    datagrams += scratch.size();
    // The kernel reports drops with a later datagram, of which there may be none.
    if (outcome.buffers > 1 || drops_.unreported() > 0) watch_drops();
    if (!audience_.take_datagrams()) {
      counted_.undelivered += scratch.size();
    } else if (!scratch.empty()) {
      audience_.deliver(scratch);
      if (audience_.has_unreported_losses()) watch_drops();
    }
    // Release unreferenced buffers before checking the memory limit.
    scratch.clear();
    if (drained_ && !account_->is_full()) return false;
    if (outcome.buffers < receiver::max_buffers && !account_->is_full()) return true;
  }
  return !drained_;
}

void intake::count(const batch& got, const receive_outcome& outcome) {
  owner_.count_traffic(got.size());
  counted_.received += got.size();
  counted_.received_bytes += got.bytes();
  counted_.received_buffers += outcome.buffers;
  counted_.truncated += outcome.truncated;
  counted_.blocked += outcome.blocked;
  counted_.strangers += outcome.strangers;
  if (outcome.drops) drops_.observe(*outcome.drops);
}

void intake::on_error(int error) {
  ++counted_.receive_errors;
  errors_.count(error);
  errors_.publish_within_budget(system_failure("receive", "", error), {"receive", {}});
}

// -- pausing ------------------------------------------------------------------

bool intake::lacks_memory() {
  if (account_->is_awaited()) return account_->is_full();
  return account_->is_full() && account_->await_room();
}

void intake::consider_reading() {
  if (finished_) return;
  const bool for_credits = audience_.hold_up();
  const bool for_memory = !for_credits && lacks_memory();
  // Asked even if memory is free again by now, since its nudge may have come already.
  if (for_memory && !std::exchange(asking_, true)) owner_.ask_again();
  if ((for_credits || for_memory) == paused_) return;
  paused_ = !paused_;
  if (paused_) ++counted_.pauses;
  check_pace_ = drop_interval;
  // Who pauses and resumes all the time is told, too.
  if (next_check_ && *next_check_ > clock::now() + check_pace_) next_check_.reset();
  watch_drops();
  owner_.watch_changed();
}

void intake::on_asked_again() {
  if (paused_ && account_->is_awaited()) return owner_.ask_again();
  asking_ = false;
  consider_reading();
}

void intake::on_subscribers_changed() {
  terms_.account = audience_.receive_account();
  terms_.costs = audience_.costs();
  consider_reading();
}

// -- drops --------------------------------------------------------------------

void intake::watch_drops() {
  if (next_check_) return;
  next_check_ = clock::now() + check_pace_;
  owner_.deadline_changed();
}

void intake::read_drops() {
  if (!is_udp(socket_.family()) || !socket_.is_open()) return;
  if (const auto now = socket_.dropped_by_kernel()) drops_.observe(*now);
}

void intake::check_drops() {
  next_check_.reset();
  read_drops();
  const bool is_news = drops_.unreported() > 0;
  if (is_news) audience_.publish(kernel_drop_event{drops_.take_unreported(), drops_.total()});
  if (finished_) return;
  audience_.report_losses();
  // Back off: a paused subscriber will not read these events either.
  if (paused_) check_pace_ = std::min<clock::duration>(check_pace_ * 2, longest_drop_interval);
  if (is_news || paused_ || audience_.has_unreported_losses()) watch_drops();
}

void intake::finish() {
  finished_ = true;
  check_drops();
  if (audience_.take_datagrams() && has_unread()) report_unknown_drops();
}

bool intake::has_unread() {
  for (int reads = 0; reads < max_last_reads; ++reads) {
    std::array<char, 1> byte{};
    const auto got = socket_.receive(absl::MakeSpan(byte));
    if (got.error == EAGAIN || got.error == EWOULDBLOCK) return false;
    // Of an earlier send; it is told before what waits.
    if (got.error != 0) continue;
    if (blocked_ != nullptr && blocked_->contains(got.sender)) {
      ++counted_.blocked;
    } else if (terms_.only_from != nullptr && got.sender != *terms_.only_from) {
      ++counted_.strangers;
    } else {
      return true;
    }
  }
  return false;
}

void intake::count_into(statistics& total) {
  read_drops();
  total.received = counted_.received;
  total.received_bytes = counted_.received_bytes;
  total.received_buffers = counted_.received_buffers;
  total.truncated = counted_.truncated;
  total.blocked = counted_.blocked;
  total.strangers = counted_.strangers;
  total.undelivered = counted_.undelivered;
  total.pauses = counted_.pauses;
  total.receive_errors = counted_.receive_errors;
  total.kernel_drops = drops_.total();
  total.held_bytes = account_->held();
}

}  // namespace dgram
