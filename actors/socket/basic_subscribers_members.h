/// The members of `basic_subscribers`, for the files that instantiate it.
#pragma once

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/compat/class_cast.h"
#include "caf_dgram/actors/socket/basic_subscribers.h"
#include "caf_dgram/actors/socket/checks.h"
#include "caf_dgram/dgram/error.h"

namespace dgram {

/// What datagrams cost in a subscriber's mailbox.
template <class Events>
reading_costs basic_subscribers<Events>::costs_of(delivery way) noexcept {
  constexpr std::size_t allocator_overhead = 16;
  if (way == delivery::single) return {message_size<single_event> + allocator_overhead, 0};
  // At worst, a message and a pair of ends for each run.
  return {0, message_size<batched_event> + allocator_overhead + sizeof(datagram_run) +
                 sizeof(datagram_ends)};
}

template <class Events>
allowance::terms basic_subscribers<Events>::terms_of(const subscribe& who) noexcept {
  return {who.credits, who.beyond, static_cast<std::size_t>(who.backlog)};
}

template <class Events>
typename std::vector<typename basic_subscribers<Events>::member>::iterator
basic_subscribers<Events>::find(const caf::actor& who) {
  return std::find_if(members_.begin(), members_.end(),
                      [&](const member& one) { return one.who == who; });
}

template <class Events>
direct_receiver* basic_subscribers<Events>::neighbour(const caf::actor& who) const {
  if (home_ == nullptr) return nullptr;
  auto* found = class_cast<direct_receiver>(caf::actor_cast<caf::abstract_actor*>(who));
  return found != nullptr && found->home() == home_ ? found : nullptr;
}

template <class Events>
void basic_subscribers<Events>::set_speaker(member& of, const caf::strong_actor_ptr& speaker) {
  if (of.speaker == speaker) return;
  if (speaker) watches_.watch(caf::actor_cast<caf::actor>(speaker));
  if (of.speaker) watches_.forget(caf::actor_cast<caf::actor>(of.speaker));
  of.speaker = speaker;
}

template <class Events>
acknowledged_window basic_subscribers<Events>::window_for(const caf::actor& who) {
  if (who.node() == self_.node()) return acknowledged_window();
  const auto found = std::find_if(former_.begin(), former_.end(),
                                  [&](const former_member& one) { return one.who == who; });
  if (found == former_.end()) return acknowledged_window(remote_.limit);
  auto window = std::move(found->window);
  former_.erase(found);
  watches_.forget(who);
  return window;
}

template <class Events>
void basic_subscribers<Events>::add(const subscribe& who, const caf::strong_actor_ptr& speaker) {
  auto found = find(who.subscriber);
  if (found == members_.end()) {
    found =
        members_.insert(members_.end(), {who.subscriber, who.events, who.datagrams, {}, nullptr});
    watches_.watch(who.subscriber);
    found->neighbour = neighbour(who.subscriber);
    found->may.window() = window_for(who.subscriber);
  } else if (found->is_plain()) {
    found->may.count_passed(delivered_ - found->since);
  }
  set_speaker(*found, speaker);
  found->kinds = who.events;
  found->datagrams = who.datagrams;
  found->since = delivered_;
  found->may.renew(found->wants(event_kinds::datagrams) ? terms_of(who) : allowance::terms{});
  if (found->may.loses() && !found->account && account_) {
    found->account = std::make_shared<memory_account>(account_->limit(), [] {});
    // What waits is its own affair from now on.
    found->may.keep_waiting(
        lend(found->may.take_waiting(), found->account, costs_of(found->datagrams)));
  }
  if (!found->wants(event_kinds::datagrams)) found->may.abandon();
  report_losses(*found);
  pass_on(*found, found->may.release());
  found->may.trim([&found] { return found->account->is_full(); });
  recount();
  if (found->may.is_exhausted()) send_to(*found, passive_event{});
}

template <class Events>
absl::Status basic_subscribers<Events>::admit(const subscribe& who,
                                              const caf::strong_actor_ptr& speaker) {
  if (auto status = check_terms(who); !status.ok()) return status;
  if (auto status = check_reach(who, self_); !status.ok()) return status;
  add(who, speaker);
  return absl::OkStatus();
}

template <class Events>
void basic_subscribers<Events>::remove(const caf::actor& who) {
  const auto found = find(who);
  if (found == members_.end()) return;
  found->may.abandon();
  report_losses(*found);
  if (auto& window = found->may.window(); window.is_expecting()) {
    watches_.watch(who);
    former_.push_back({who, std::move(window)});
  }
  forget(*found);
  erase(found);
}

template <class Events>
void basic_subscribers<Events>::forget(const member& who) {
  watches_.forget(who.who);
  if (who.speaker) watches_.forget(caf::actor_cast<caf::actor>(who.speaker));
}

template <class Events>
void basic_subscribers<Events>::remove_dead(const caf::actor_addr& who) {
  former_.erase(std::remove_if(former_.begin(), former_.end(),
                               [&](const former_member& one) { return one.who.address() == who; }),
                former_.end());
  const auto is_dead = [&](const member& one) {
    return one.who.address() == who ||
           (one.speaker && caf::actor_cast<caf::actor_addr>(one.speaker) == who);
  };
  for (auto dead = std::find_if(members_.begin(), members_.end(), is_dead); dead != members_.end();
       dead = std::find_if(members_.begin(), members_.end(), is_dead)) {
    dead->may.abandon();
    forget(*dead);
    erase(dead);
  }
}

template <class Events>
void basic_subscribers<Events>::erase(typename std::vector<member>::iterator which) {
  lost_before_ += which->may.lost();
  members_.erase(which);
  recount();
}

template <class Events>
void basic_subscribers<Events>::finish() {
  for (auto& each : members_) {
    each.may.abandon();
    report_losses(each);
    if (each.withheld) send_to(each, *std::exchange(each.withheld, std::nullopt));
  }
}

template <class Events>
void basic_subscribers<Events>::remove_all() {
  for (const auto& one : members_) forget(one);
  for (const auto& one : former_) watches_.forget(one.who);
  lost_before_ = lost();
  members_.clear();
  former_.clear();
  recount();
  speaker_ = nullptr;
}

template <class Events>
void basic_subscribers<Events>::recount() {
  plain_single_ = plain_batched_ = losing_ = deaf_ = 0;
  costs_ = {};
  for (const auto& each : members_) {
    if (!each.wants(event_kinds::datagrams)) {
      ++deaf_;
      continue;
    }
    if (each.is_plain()) ++(each.datagrams == delivery::single ? plain_single_ : plain_batched_);
    if (each.may.loses()) {
      ++losing_;
      continue;
    }
    const auto cost = costs_of(each.datagrams);
    costs_.datagram += cost.datagram;
    costs_.run += cost.run;
  }
}

template <class Events>
template <class Event>
void basic_subscribers<Events>::deliver_to(delivery way, Event event) {
  const auto wants = [way](const member& one) { return one.datagrams == way && one.is_plain(); };
  const auto receivers = way == delivery::single ? plain_single_ : plain_batched_;
  if (receivers == 0) return;
  if (receivers == 1) {
    // Without a message to share, mailbox entry and event are one piece of memory.
    return send_to(*std::find_if(members_.begin(), members_.end(), wants), std::move(event));
  }
  const auto message = caf::make_message(std::move(event));
  for (const auto& one : members_) {
    if (wants(one))
      send_shared(speaker_of(one), one.who, caf::make_message_id(), message, self_.context());
  }
}

/// Calls `take` with an event for each datagram.
template <class Events>
template <class Take>
void basic_subscribers<Events>::for_each_datagram(const batch& datagrams, Take take) {
  for (const auto& run : datagrams.runs()) {
    const auto& ends = datagrams.ends_of(run);
    if (run.count() == 1) {
      take(Events::event_of(run.bytes, ends, run.size));
      continue;
    }
    run.bytes.split(run.segment_size, [&](payload bytes) {
      const auto size = bytes.size();
      take(Events::event_of(std::move(bytes), ends, size));
    });
  }
}

template <class Events>
void basic_subscribers<Events>::deliver_to_plain(batch& datagrams) {
  if (plain_single_ > 0) {
    for_each_datagram(
        datagrams, [this](single_event event) { deliver_to(delivery::single, std::move(event)); });
  }
  if (plain_batched_ > 0) deliver_to(delivery::batched, batched_event{std::move(datagrams)});
}

template <class Events>
void basic_subscribers<Events>::deliver(batch& datagrams) {
  delivered_ += datagrams.size();
  const bool are_charged = Events::are_charged && losing_ == 0;
  if (are_charged && plain_single_ + plain_batched_ + deaf_ == members_.size()) {
    return deliver_to_plain(datagrams);
  }
  batch shared;
  if (losing_ + deaf_ < members_.size()) {
    shared = are_charged ? datagrams : lend(datagrams, account_, costs_);
  }
  for (auto& each : members_) {
    if (each.may.is_plain() || !each.wants(event_kinds::datagrams)) continue;
    if (!each.may.loses()) {
      deliver_to_limited(each, shared);
    } else if (each.may.must_refuse(each.account->is_full())) {
      each.may.refuse(datagrams);
      if (each.may.is_due_to_report()) report_losses(each);
    } else {
      deliver_to_limited(each, lend(datagrams, each.account, costs_of(each.datagrams)));
    }
  }
  deliver_to_plain(shared);
}

template <class Events>
void basic_subscribers<Events>::deliver_to_limited(member& to, batch datagrams) {
  pass_on(to, to.may.offer(std::move(datagrams)));
  to.may.trim([&to] { return to.account->is_full(); });
  if (to.may.is_due_to_report()) report_losses(to);
}

template <class Events>
void basic_subscribers<Events>::pass_on(member& to, batch datagrams) {
  if (datagrams.empty()) return;
  report_losses(to);
  to.unreported_checks = 0;
  to.next_report = 1;
  if (to.datagrams == delivery::single) {
    for_each_datagram(datagrams, [&](single_event event) {
      const auto length = Events::bytes_of(event);
      send_to(to, std::move(event), length);
    });
  } else {
    const auto length = datagrams.bytes();
    const auto count = datagrams.size();
    send_to(to, batched_event{std::move(datagrams)}, length, count);
  }
  if (to.may.is_exhausted()) send_to(to, passive_event{});
}

template <class Events>
void basic_subscribers<Events>::report_losses(member& to) {
  const auto news = to.may.take_unreported();
  if (news > 0 && to.wants(overrun_event::kind)) send_to(to, overrun_event{news, to.may.lost()});
}

template <class Events>
void basic_subscribers<Events>::report_losses() {
  if (losing_ == 0) return;
  for (auto& each : members_) {
    if (!each.may.has_unreported() || ++each.unreported_checks < each.next_report) continue;
    each.unreported_checks = 0;
    each.next_report *= 2;
    report_losses(each);
  }
}

template <class Events>
bool basic_subscribers<Events>::has_unreported_losses() const noexcept {
  return losing_ > 0 && std::any_of(members_.begin(), members_.end(),
                                    [](const member& one) { return one.may.has_unreported(); });
}

template <class Events>
bool basic_subscribers<Events>::grant(const caf::actor& who, std::int64_t credits) {
  const auto found = find(who);
  if (found == members_.end()) return false;
  report_losses(*found);
  found->may.grant(credits);
  pass_on(*found, found->may.release());
  return true;
}

template <class Events>
absl::Status basic_subscribers<Events>::admit(const dgram::grant& more) {
  if (more.credits < 1) {
    return failure(errc::out_of_range, dgram::grant::operation, absl::StrCat(more.credits),
                   "at least 1");
  }
  if (!grant(more.subscriber, more.credits)) {
    return failure(errc::invalid_subscriber, dgram::grant::operation, absl::StrCat(more.credits),
                   "to an actor that has not subscribed");
  }
  return absl::OkStatus();
}

template <class Events>
void basic_subscribers<Events>::acknowledge(std::uint64_t number) {
  for (auto one = former_.begin(); one != former_.end(); ++one) {
    if (!one->window.acknowledge(number)) continue;
    if (one->window.is_expecting()) return;
    watches_.forget(one->who);
    former_.erase(one);
    return;
  }
  const auto found = std::find_if(members_.begin(), members_.end(), [number](member& one) {
    return one.may.window().acknowledge(number);
  });
  if (found == members_.end()) return;
  if (found->withheld) send_to(*found, *std::exchange(found->withheld, std::nullopt));
  pass_on(*found, found->may.release());
}

template <class Events>
void basic_subscribers<Events>::withhold(member& from, const error_event& event) {
  if (!from.withheld) {
    from.withheld = event;
  } else {
    from.withheld->withheld += event.withheld + 1;
  }
}

template <class Events>
bool basic_subscribers<Events>::hold_up() const noexcept {
  return plain_single_ + plain_batched_ + deaf_ < members_.size() &&
         std::any_of(members_.begin(), members_.end(),
                     [](const member& one) { return one.holds_up(); });
}

template <class Events>
std::uint64_t basic_subscribers<Events>::lost() const noexcept {
  auto total = lost_before_;
  for (const auto& each : members_) total += each.may.lost();
  return total;
}

template <class Events>
std::vector<subscriber_statistics> basic_subscribers<Events>::count() const {
  std::vector<subscriber_statistics> result;
  for (const auto& each : members_) {
    result.push_back(
        {each.who, passed(each), each.may.lost(), each.may.waiting(), each.may.credits()});
  }
  return result;
}

}  // namespace dgram
