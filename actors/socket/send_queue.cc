#include "caf_dgram/actors/socket/send_queue.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "caf_dgram/dgram/batch.h"

namespace dgram {
namespace {

/// Capacity that an emptied queue keeps.
constexpr std::size_t kept_capacity = 256;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

/// Errors that ICMP messages about earlier datagrams leave pending on a socket.
bool may_be_earlier(int error) {
  switch (error) {
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENOPROTOOPT:
    case EPROTO:
      return true;
    default:
      return false;
  }
}

const endpoint* destination_of(const outgoing& what) { return what.to ? &*what.to : nullptr; }

}  // namespace

std::size_t outgoing::count() const noexcept {
  return buffers.empty() ? segment_count(data.size(), segment_size) : 1;
}

std::size_t outgoing::bytes() const noexcept {
  if (buffers.empty()) return data.size();
  std::size_t total = 0;
  for (const auto& part : buffers) total += part.size();
  return total;
}

bool send_queue::held_back::concerns(const outgoing& what) const {
  return what.to && std::find(full_peers.begin(), full_peers.end(), *what.to) != full_peers.end();
}

std::size_t send_queue::room_for(const outgoing& what) const noexcept {
  const auto count = what.count();
  const auto places = limits_.datagrams > datagrams_ ? limits_.datagrams - datagrams_ : 0;
  const auto bytes = limits_.bytes > bytes_ ? limits_.bytes - bytes_ : 0;
  auto fitting = std::min(count, places);
  if (what.bytes() > bytes) {
    fitting = what.buffers.empty() && count > 1 ? std::min(fitting, bytes / what.segment_size) : 0;
  }
  return fitting == 0 && empty() ? 1 : fitting;
}

void send_queue::push(outgoing&& what) {
  if (first_ > kept_capacity && 2 * first_ > queue_.size()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  datagrams_ += what.count();
  bytes_ += what.bytes();
  queue_.push_back(std::move(what));
}

void send_queue::pop_front() {
  front().release();
  if (++first_ < queue_.size()) return;
  first_ = 0;
  if (queue_.capacity() > kept_capacity) {
    queue_ = {};
  } else {
    queue_.clear();
  }
}

void send_queue::address_to(const endpoint& peer) {
  for (auto i = first_; i < queue_.size(); ++i) {
    if (!queue_[i].to) queue_[i].to = peer;
  }
}

std::vector<outgoing> send_queue::take_all() {
  auto all = std::exchange(queue_, {});
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::exchange(first_, 0)));
  datagrams_ = bytes_ = alone_ = 0;
  return all;
}

void send_queue::collect(transmit_plan& plan, const held_back& aside) {
  for (auto i = first_; i < queue_.size(); ++i) {
    const auto& next = queue_[i];
    if (aside.concerns(next)) return;
    if (!next.buffers.empty()) {
      if (!plan.add(next.buffers, destination_of(next))) return;
    } else if (plan.add_run(next.data.view(), next.segment_size, destination_of(next)) <
               next.count()) {
      return;
    }
  }
}

void send_queue::advance_front(std::size_t count, std::size_t bytes) {
  auto& what = front();
  datagrams_ -= count;
  bytes_ -= bytes;
  alone_ -= std::min(alone_, count);
  if (what.buffers.empty() && bytes < what.data.size()) {
    what.data = what.data.slice(bytes, what.data.size() - bytes);
  } else {
    pop_front();
  }
}

void send_queue::taken(const transmit& what) {
  if (what.count > 1) counters_.offloaded += what.count;
  for (auto left = what.count; left > 0;) {
    auto& next = front();
    const auto count = std::min(left, next.count());
    const auto bytes = count == next.count() ? next.bytes() : count * next.segment_size;
    counters_.datagrams += count;
    counters_.bytes += bytes;
    observer_.on_sent(next, count, bytes);
    advance_front(count, bytes);
    left -= count;
  }
}

void send_queue::fail_front(int error) {
  auto& what = front();
  const auto bytes =
      what.buffers.empty() ? std::min(what.segment_size, what.data.size()) : what.bytes();
  ++counters_.failures;
  observer_.on_send_failed(what, error);
  advance_front(1, bytes);
}

void send_queue::hold_back_front(held_back& aside) {
  aside.waiting.push_back(std::move(front()));
  pop_front();
}

send_queue::verdict send_queue::refused(socket& sock, const transmit& what, int error,
                                        held_back& aside) {
  if (what.to == nullptr && is_udp(sock.family()) && may_be_earlier(error)) {
    // Reporting the error cleared it. If it is this datagram's own, it recurs.
    const auto again = sock.send(absl::MakeConstSpan(&what, 1));
    if (again.error != error) observer_.on_earlier_error(error);
    if (again.error == 0) {
      taken(what);
      return verdict::go_on;
    }
    error = again.error;
  }
  if (would_block(error)) {
    if (sock.family() != family::unix_dgram || what.to == nullptr) return verdict::until_writable;
    aside.full_peers.push_back(*what.to);
    return verdict::go_on;
  }
  if (error == ENOBUFS) return verdict::until_retry;
  if (what.count == 1) {
    fail_front(error);
    return verdict::go_on;
  }
  // Sent one by one, each datagram has an outcome of its own.
  if (offload_->learn_from(error, what.to, what.segment_size)) {
    ++counters_.offload_refusals;
  }
  alone_ = what.count;
  return verdict::go_on;
}

send_queue::backlog send_queue::flush(socket& sock) {
  const segmentation never(false);
  if (!offload_ && datagrams_ > 1) offload_.emplace(sock.supports_segmentation());
  held_back aside;
  auto judged = verdict::go_on;
  while (!empty() && judged == verdict::go_on) {
    if (aside.concerns(front())) {
      hold_back_front(aside);
      continue;
    }
    transmit_plan plan(sock.family(), alone_ > 0 || !offload_ ? never : *offload_);
    collect(plan, aside);
    const auto transmits = plan.transmits();
    const auto result = sock.send(transmits);
    for (std::size_t i = 0; i < result.taken; ++i) taken(transmits[i]);
    if (result.taken < transmits.size()) {
      judged = refused(sock, transmits[result.taken], result.error, aside);
    }
  }
  if (!aside.waiting.empty()) {
    // They return to the front of the queue, to which nothing was added meanwhile.
    const auto rest = queue_.begin() + static_cast<std::ptrdiff_t>(first_);
    aside.waiting.insert(aside.waiting.end(), std::make_move_iterator(rest),
                         std::make_move_iterator(queue_.end()));
    queue_ = std::move(aside.waiting);
    first_ = 0;
  }
  if (empty()) return backlog::none;
  ++counters_.retries;
  return judged == verdict::until_writable ? backlog::until_writable : backlog::until_retry;
}

}  // namespace dgram
