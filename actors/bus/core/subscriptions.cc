#include "caf_dgram/actors/bus/core/subscriptions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/bus/message_types.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/checks.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {
namespace {

/// As many as acknowledgements tell apart.
constexpr channel_index::key most_patterns = 500'000;

/// The same terms as a socket's subscriber has.
subscribe terms_of(const subscribe_channels& what) {
  // The bus's events come once, whatever the number of patterns.
  constexpr auto own = event_kinds::datagrams | event_kinds::losses;
  return {what.subscriber, what.messages, what.credits,
          what.beyond,     what.backlog,  what.events & own};
}

/// Not for messages.
subscribe listening_to(const any_actor& who, event_kinds kinds) {
  subscribe result{who};
  result.events = kinds & ~event_kinds::datagrams;
  return result;
}

}  // namespace

event_kinds subscriptions::person::all() const {
  auto result = own;
  for (const auto& [key, kinds] : with) result = result | kinds;
  return result;
}

subscriptions::subscriptions(caf::scheduled_actor& self, death_watches& watches,
                             surroundings around)
    : self_(self), watches_(watches), around_(std::move(around)), listeners_(self, watches) {
  listeners_.limit_remote(around_.remote_unacknowledged, 0);
}

void subscriptions::live_on(const void* home) noexcept {
  home_ = home;
  listeners_.live_on(home);
}

absl::StatusOr<channel_index::key> subscriptions::find_or_begin(const std::string& pattern) {
  const auto found = by_pattern_.find(pattern);
  if (found != by_pattern_.end()) return found->second;
  const auto place = std::find(audiences_.begin(), audiences_.end(), nullptr);
  const auto which = static_cast<channel_index::key>(place - audiences_.begin());
  if (which >= most_patterns) {
    return failure(errc::queue_full, subscribe_channels::operation, dgram::quoted(pattern),
                   absl::StrCat("there are ", most_patterns, " patterns"));
  }
  if (auto status = index_.add(pattern, which); !status.ok()) return status;
  if (place == audiences_.end()) audiences_.emplace_back();
  auto begun = std::make_unique<audience>(audience{pattern, bus_subscribers(self_, watches_)});
  begun->members.live_on(home_);
  begun->members.receive_on(around_.account);
  begun->members.limit_remote(around_.remote_unacknowledged, which + 1);
  audiences_[which] = std::move(begun);
  by_pattern_.emplace(pattern, which);
  return which;
}

absl::Status subscriptions::add(const subscribe_channels& what) {
  const auto terms = terms_of(what);
  if (auto status = check_terms(terms); !status.ok()) return status;
  if (auto status = check_reach(terms, self_); !status.ok()) return status;
  if (what.subscriber.handle().node() != self_.node()) {
    const auto missing = check_bus_message_types(self_.home_system());
    if (missing) {
      return failure(errc::not_registered, subscribe_channels::operation,
                     "an actor on another node", describe(missing));
    }
  }
  const auto which = find_or_begin(what.pattern);
  if (!which.ok()) return which.status();
  const auto entry = persons_.try_emplace(what.subscriber.handle().address()).first;
  entry->second.with[*which] = what.events;
  listen_again(what.subscriber, entry);
  audiences_[*which]->members.add(terms);
  review(*which);
  return absl::OkStatus();
}

void subscriptions::add_listener(const any_actor& who, event_kinds kinds) {
  const auto entry = persons_.try_emplace(who.handle().address()).first;
  entry->second.own = kinds;
  listen_again(who, entry);
}

void subscriptions::listen_again(const any_actor& who, persons::iterator entry) {
  const auto& [own, with] = entry->second;
  if (own != event_kinds::none || !with.empty()) {
    return listeners_.add(listening_to(who, entry->second.all()));
  }
  listeners_.remove(who);
  persons_.erase(entry);
}

void subscriptions::remove(const unsubscribe_channels& what) {
  const auto& who = what.subscriber.handle();
  const auto found = who ? persons_.find(who.address()) : persons_.end();
  if (found == persons_.end()) return;
  std::vector<channel_index::key> left;
  for (const auto& [which, kinds] : found->second.with) {
    if (what.pattern.empty() || audiences_[which]->pattern == what.pattern) left.push_back(which);
  }
  for (const auto which : left) {
    found->second.with.erase(which);
    audiences_[which]->members.remove(who);
    review(which);
  }
  listen_again(what.subscriber, found);
}

void subscriptions::remove_dead(const caf::actor_addr& who) {
  listeners_.remove_dead(who);
  const auto found = persons_.find(who);
  std::set<channel_index::key> concerned;
  if (found != persons_.end()) {
    for (const auto& [which, kinds] : found->second.with) concerned.insert(which);
    persons_.erase(found);
  }
  if (who.node() != self_.node()) {
    // It may have unsubscribed before it acknowledged everything.
    for (const auto& [pattern, which] : by_pattern_) concerned.insert(which);
  }
  for (const auto which : concerned) {
    audiences_[which]->members.remove_dead(who);
    review(which);
  }
}

void subscriptions::review(channel_index::key which) {
  const auto note = [which](std::set<channel_index::key>& where, bool is_so) {
    if (is_so) {
      where.insert(which);
    } else {
      where.erase(which);
    }
  };
  auto& place = audiences_[which];
  note(holding_up_, place->members.hold_up());
  note(with_losses_, place->members.has_unreported_losses());
  if (!place->members.is_idle()) return;
  index_.remove(place->pattern);
  by_pattern_.erase(place->pattern);
  place.reset();
}

absl::Status subscriptions::grant(const grant_messages& more) {
  if (more.credits < 1) {
    return failure(errc::out_of_range, grant_messages::operation, absl::StrCat(more.credits),
                   "at least 1");
  }
  const auto found = by_pattern_.find(more.pattern);
  if (found == by_pattern_.end() ||
      !audiences_[found->second]->members.grant(more.subscriber, more.credits)) {
    return failure(errc::invalid_subscriber, grant_messages::operation, dgram::quoted(more.pattern),
                   "the actor has not subscribed to it");
  }
  review(found->second);
  return absl::OkStatus();
}

void subscriptions::acknowledge(const acknowledgement& which) {
  if (which.member == 0) return listeners_.acknowledge(which.number);
  const auto key = which.member - 1;
  if (key >= audiences_.size() || !audiences_[key]) return;
  audiences_[key]->members.acknowledge(which.number);
  review(key);
}

void subscriptions::add(const receivers& to, const payload& bytes, std::size_t size,
                        const datagram_ends& from) {
  for (const auto which : to) {
    auto& pending = audiences_[which]->pending;
    if (pending.empty()) touched_.push_back(which);
    pending.add_segments(bytes, size, from);
  }
}

void subscriptions::deliver() {
  for (const auto which : touched_) {
    auto& each = *audiences_[which];
    each.members.deliver(each.pending);
    each.pending.clear();
    review(which);
  }
  touched_.clear();
}

void subscriptions::report_losses() {
  for (const auto which : std::exchange(with_losses_, {})) {
    audiences_[which]->members.report_losses();
    review(which);
  }
}

void subscriptions::finish() {
  for (const auto& each : audiences_) {
    if (each) each->members.finish();
  }
  listeners_.finish();
}

void subscriptions::remove_all() {
  for (const auto& each : audiences_) {
    if (each) each->members.remove_all();
  }
  listeners_.remove_all();
  persons_.clear();
}

std::vector<subscription_statistics> subscriptions::count() const {
  std::vector<subscription_statistics> result;
  for (const auto& each : audiences_) {
    if (!each) continue;
    for (auto& counted : each->members.count()) {
      result.push_back({each->pattern, std::move(counted)});
    }
  }
  return result;
}

}  // namespace dgram
