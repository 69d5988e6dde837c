#include "caf_dgram/actors/socket/subscribers.h"

#include <algorithm>
#include <utility>

namespace dgram {
namespace {

/// What an allocation costs beside its bytes.
constexpr std::size_t allocator_overhead = 16;

/// A message in a mailbox.
template <class Event>
constexpr std::size_t message_size = sizeof(caf::mailbox_element_vals<Event>) + allocator_overhead;

reading_costs costs_of(delivery way) {
  if (way == delivery::single) return {message_size<message_event>, 0};
  // At worst, a message and a sender for each run.
  return {0, message_size<batch_event> + sizeof(datagram_run) + sizeof(endpoint)};
}

allowance::terms terms_of(const subscribe& who) {
  return {who.credits, who.beyond, static_cast<std::size_t>(who.backlog)};
}

}  // namespace

std::vector<subscribers::member>::iterator subscribers::find(const caf::actor& who) {
  return std::find_if(members_.begin(), members_.end(),
                      [&](const member& one) { return one.who == who; });
}

void subscribers::add(const subscribe& who) {
  auto found = find(who.subscriber);
  if (found == members_.end()) {
    found = members_.insert(members_.end(), {who.subscriber, who.datagrams, {}, nullptr});
    self_.monitor(who.subscriber);
  } else if (found->may.is_plain()) {
    found->may.count_passed(delivered_ - found->since);
  }
  found->datagrams = who.datagrams;
  found->since = delivered_;
  found->may.renew(terms_of(who));
  if (found->may.loses() && !found->account && account_) {
    found->account = std::make_shared<memory_account>(account_->limit(), [] {});
    // What waits is its own affair from now on.
    found->may.keep_waiting(
        lend(found->may.take_waiting(), found->account, costs_of(found->datagrams)));
  }
  tell_losses(*found);
  pass_on(*found, found->may.release());
  found->may.trim([&found] { return found->account->is_full(); });
  recount();
  if (who.credits == 0) send_to(*found, passive_event{});
}

void subscribers::remove(const caf::actor& who) {
  const auto found = find(who);
  if (found == members_.end()) return;
  self_.demonitor(who);
  found->may.abandon();
  tell_losses(*found);
  erase(found);
}

void subscribers::remove_dead(const caf::actor_addr& who) {
  const auto dead = std::find_if(members_.begin(), members_.end(),
                                 [&](const member& one) { return one.who.address() == who; });
  if (dead == members_.end()) return;
  dead->may.abandon();
  erase(dead);
}

void subscribers::erase(std::vector<member>::iterator which) {
  lost_before_ += which->may.lost();
  members_.erase(which);
  recount();
}

void subscribers::finish() {
  for (auto& each : members_) {
    each.may.abandon();
    tell_losses(each);
  }
}

void subscribers::remove_all() {
  for (const auto& one : members_) self_.demonitor(one.who);
  lost_before_ = lost();
  members_.clear();
  recount();
  speaker_ = nullptr;
}

void subscribers::recount() {
  plain_single_ = plain_batched_ = losing_ = 0;
  costs_ = {};
  for (const auto& each : members_) {
    if (each.may.is_plain())
      ++(each.datagrams == delivery::single ? plain_single_ : plain_batched_);
    if (each.may.loses()) {
      ++losing_;
      continue;
    }
    const auto cost = costs_of(each.datagrams);
    costs_.datagram += cost.datagram;
    costs_.run += cost.run;
  }
}

template <class Event>
void subscribers::deliver_to(delivery way, Event event) {
  const auto wants = [way](const member& one) {
    return one.datagrams == way && one.may.is_plain();
  };
  const auto receivers = way == delivery::single ? plain_single_ : plain_batched_;
  if (receivers == 0) return;
  if (receivers == 1) {
    // Without a message to share, mailbox entry and event are one piece of memory.
    return send_to(*std::find_if(members_.begin(), members_.end(), wants), std::move(event));
  }
  const auto message = caf::make_message(std::move(event));
  for (const auto& one : members_) {
    if (wants(one)) send_shared(speaker(), one.who, message, self_.context());
  }
}

namespace {

/// Calls `take` with bytes, sender and size of each datagram.
template <class Take>
void for_each_datagram(const batch& datagrams, Take take) {
  for (const auto& run : datagrams.runs()) {
    const auto& sender = *datagrams.peer_of(run);
    if (run.count() == 1) {
      take(run.bytes, sender, run.size);
      continue;
    }
    run.bytes.split(run.segment_size, [&](payload bytes) {
      const auto size = bytes.size();
      take(std::move(bytes), sender, size);
    });
  }
}

}  // namespace

void subscribers::deliver_to_plain(batch& datagrams) {
  if (plain_single_ > 0) {
    for_each_datagram(datagrams, [this](payload bytes, const endpoint& sender, std::size_t size) {
      deliver_to(delivery::single, message_event{std::move(bytes), sender, size});
    });
  }
  if (plain_batched_ > 0) deliver_to(delivery::batched, batch_event{std::move(datagrams)});
}

void subscribers::deliver(batch& datagrams) {
  delivered_ += datagrams.size();
  if (plain_single_ + plain_batched_ == members_.size()) return deliver_to_plain(datagrams);
  batch shared;
  if (losing_ < members_.size()) {
    shared = losing_ == 0 ? datagrams : lend(datagrams, account_, costs_);
  }
  for (auto& each : members_) {
    if (each.may.is_plain()) continue;
    if (!each.may.loses()) {
      deliver_to_limited(each, shared);
    } else if (each.may.must_refuse(each.account->is_full())) {
      each.may.refuse(datagrams);
      if (each.may.has_news()) tell_losses(each);
    } else {
      deliver_to_limited(each, lend(datagrams, each.account, costs_of(each.datagrams)));
    }
  }
  deliver_to_plain(shared);
}

void subscribers::deliver_to_limited(member& to, batch datagrams) {
  pass_on(to, to.may.offer(std::move(datagrams)));
  to.may.trim([&to] { return to.account->is_full(); });
  if (to.may.has_news()) tell_losses(to);
}

void subscribers::pass_on(member& to, batch datagrams) {
  if (datagrams.empty()) return;
  tell_losses(to);
  to.untold_checks = 0;
  to.next_telling = 1;
  if (to.datagrams == delivery::single) {
    for_each_datagram(datagrams, [&](payload bytes, const endpoint& sender, std::size_t size) {
      send_to(to, message_event{std::move(bytes), sender, size});
    });
  } else {
    send_to(to, batch_event{std::move(datagrams)});
  }
  if (to.may.is_exhausted()) send_to(to, passive_event{});
}

void subscribers::tell_losses(member& to) {
  if (const auto news = to.may.take_untold(); news > 0) {
    send_to(to, overrun_event{news, to.may.lost()});
  }
}

void subscribers::tell_losses() {
  if (losing_ == 0) return;
  for (auto& each : members_) {
    if (!each.may.has_untold() || ++each.untold_checks < each.next_telling) continue;
    each.untold_checks = 0;
    each.next_telling *= 2;
    tell_losses(each);
  }
}

bool subscribers::has_untold_losses() const noexcept {
  return losing_ > 0 && std::any_of(members_.begin(), members_.end(),
                                    [](const member& one) { return one.may.has_untold(); });
}

bool subscribers::grant(const caf::actor& who, std::int64_t credits) {
  const auto found = find(who);
  if (found == members_.end()) return false;
  tell_losses(*found);
  found->may.grant(credits);
  pass_on(*found, found->may.release());
  return true;
}

bool subscribers::hold_up() const noexcept {
  return plain_single_ + plain_batched_ < members_.size() &&
         std::any_of(members_.begin(), members_.end(),
                     [](const member& one) { return one.may.holds_up(); });
}

std::uint64_t subscribers::lost() const noexcept {
  auto total = lost_before_;
  for (const auto& each : members_) total += each.may.lost();
  return total;
}

std::vector<subscriber_statistics> subscribers::count() const {
  std::vector<subscriber_statistics> result;
  for (const auto& each : members_) {
    result.push_back(
        {each.who, passed(each), each.may.lost(), each.may.waiting(), each.may.credits()});
  }
  return result;
}

}  // namespace dgram
