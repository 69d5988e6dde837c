#include "caf_dgram/actors/socket/send_queue.h"

#include <cerrno>
#include <utility>

namespace dgram {
namespace {

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

/// Adds as many datagrams of a run as have `allowed` bytes, the last of which may exceed that.
/// Returns the number that there was room for.
std::size_t add_leading(const outgoing& run, std::size_t allowed, const endpoint* to,
                        transmit_plan& plan) {
  auto data = run.data.view();
  if (run.bytes() > allowed) {
    data = data.substr(0, (allowed / run.full_size() + 1) * run.segment_size);
  }
  if (run.heads.size == 0) return plan.add_run(data, run.segment_size, to, run.from);
  return plan.add_headed_run(run.heads.bytes.view(), run.heads.size, data, run.segment_size, to,
                             run.from);
}

const endpoint* destination_of(const outgoing& what) { return what.to ? &*what.to : nullptr; }

}  // namespace

std::size_t send_queue::room_for(const outgoing& what) const noexcept {
  const auto count = what.count();
  const auto places = limits_.datagrams > datagrams_ ? limits_.datagrams - datagrams_ : 0;
  const auto bytes = limits_.bytes > bytes_ ? limits_.bytes - bytes_ : 0;
  auto fitting = std::min(count, places);
  if (what.bytes() > bytes) {
    fitting = what.buffers.empty() && count > 1 ? std::min(fitting, bytes / what.full_size()) : 0;
  }
  return fitting == 0 && empty() ? 1 : fitting;
}

void send_queue::push(outgoing&& what) {
  datagrams_ += what.count();
  bytes_ += what.bytes();
  ready_.push(std::move(what));
}

void send_queue::address_to(const endpoint& peer) {
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    if (!ready_[i].to) ready_[i].to = peer;
  }
}

std::vector<outgoing> send_queue::take_all() {
  std::vector<outgoing> all;
  ready_.move_to(all);
  full_.move_to(all);
  datagrams_ = bytes_ = alone_ = 0;
  suspected_.reset();
  return all;
}

void send_queue::collect(transmit_plan& plan, const outgoing_queue& from) const {
  auto allowed = pacer_.allowed();
  for (std::size_t i = 0; i < from.size() && allowed > 0; ++i) {
    const auto& next = from[i];
    // Those behind the first that waits for a full peer are offered in the next round.
    if (&from == &ready_ && next.to && full_.contains(*next.to)) return;
    if (!next.buffers.empty()) {
      if (!plan.add(next.buffers, destination_of(next), next.from)) return;
    } else {
      if (add_leading(next, allowed, destination_of(next), plan) < next.count()) return;
    }
    allowed -= std::min(allowed, next.bytes());
  }
}

void send_queue::advance_front(std::size_t count, std::size_t bytes, outgoing_queue& from) {
  auto& what = from.front();
  datagrams_ -= count;
  bytes_ -= bytes;
  alone_ -= std::min(alone_, count);
  if (count < what.count()) {
    what.drop(count);
  } else {
    from.pop_front();
  }
}

void send_queue::taken(const transmit& what, outgoing_queue& from) {
  if (what.count > 1) {
    counters_.offloaded += what.count;
  } else if (suspected_) {
    const auto& [error, to, segment_size] = *suspected_;
    offload_->learn_from(error, to ? &*to : nullptr, segment_size);
    suspected_.reset();
  }
  for (auto left = what.count; left > 0;) {
    auto& next = from.front();
    const auto count = std::min(left, next.count());
    const auto bytes = next.bytes_of(count);
    counters_.datagrams += count;
    counters_.bytes += bytes;
    pacer_.spend(bytes);
    observer_.on_sent(next, count, bytes);
    advance_front(count, bytes, from);
    left -= count;
  }
}

void send_queue::fail_front(int error, outgoing_queue& from) {
  // The datagram fails on its own, too: nothing is wrong with segmentation.
  suspected_.reset();
  auto& what = from.front();
  const auto bytes = what.bytes_of(1);
  ++counters_.failures;
  observer_.on_send_failed(what, error);
  advance_front(1, bytes, from);
}

send_queue::verdict send_queue::refused(socket& sock, const transmit& what, int error,
                                        outgoing_queue& from) {
  if (what.to == nullptr && is_udp(sock.family()) && may_be_earlier(error)) {
    // Reporting the error cleared it. If it is this datagram's own, it recurs.
    const auto again = sock.send(absl::MakeConstSpan(&what, 1));
    if (again.error != error) observer_.on_earlier_error(error);
    if (again.error == 0) {
      taken(what, from);
      return verdict::go_on;
    }
    error = again.error;
  }
  if (would_block(error)) {
    const bool is_peers = sock.family() == family::unix_dgram && what.to != nullptr;
    return is_peers ? verdict::peer_is_full : verdict::until_writable;
  }
  if (error == ENOBUFS) return verdict::until_retry;
  if (what.count == 1) {
    fail_front(error, from);
    return verdict::go_on;
  }
  // Sent one by one, each datagram has an outcome of its own.
  if (segmentation::may_cause(error)) {
    ++counters_.offload_refusals;
    suspected_ = suspicion{error, std::nullopt, what.segment_size};
    if (what.to != nullptr) suspected_->to = *what.to;
  }
  alone_ = what.count;
  return verdict::go_on;
}

send_queue::verdict send_queue::offer(socket& sock, outgoing_queue& from, effort& may) {
  const segmentation never(false);
  while (!from.empty() && may.left > 0) {
    if (pacer_.allowed() == 0) return verdict::until_allowed;
    transmit_plan plan(sock.family(), alone_ > 0 || !offload_ ? never : *offload_);
    collect(plan, from);
    // The front waits for a full peer.
    if (plan.empty()) return verdict::peer_is_full;
    const auto transmits = plan.transmits();
    const auto result = sock.send(transmits);
    const auto before = bytes_;
    std::size_t datagrams = 1;
    for (std::size_t i = 0; i < result.taken; ++i) {
      datagrams += transmits[i].count;
      taken(transmits[i], from);
    }
    may.spend(datagrams, before - bytes_);
    if (result.taken == transmits.size()) continue;
    const auto judged = refused(sock, transmits[result.taken], result.error, from);
    if (judged != verdict::go_on) return judged;
  }
  return verdict::go_on;
}

send_queue::backlog send_queue::flush(socket& sock, clock::time_point now, effort& may) {
  pacer_.advance(now);
  if (!offload_ && datagrams_ > 1) offload_.emplace(sock.supports_segmentation());
  full_.try_due(now, [&](outgoing_queue& waiting) {
    const auto before = datagrams_;
    offer(sock, waiting, may);
    return datagrams_ < before;
  });
  auto judged = offer(sock, ready_, may);
  while (judged == verdict::peer_is_full) {
    do {
      full_.push(std::move(ready_.front()), now);
      ready_.pop_front();
    } while (!ready_.empty() && ready_.front().to && full_.contains(*ready_.front().to));
    judged = offer(sock, ready_, may);
  }
  if (ready_.empty() && full_.empty()) return backlog::none;
  if (judged == verdict::go_on) {
    // Only the effort ended it.
    if (!ready_.empty()) return backlog::more;
    ++counters_.retries;
    return backlog::none;
  }
  if (judged == verdict::until_allowed) return backlog::until_allowed;
  ++counters_.retries;
  return judged == verdict::until_writable ? backlog::until_writable : backlog::until_retry;
}

}  // namespace dgram
