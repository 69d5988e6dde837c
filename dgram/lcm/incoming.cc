#include "caf_dgram/dgram/lcm/incoming.h"

#include <algorithm>
#include <utility>

namespace dgram::lcm {
namespace {

loss_place place_of(reassembly::cause why) noexcept {
  switch (why) {
    case reassembly::cause::evicted:
      return loss_place::reassembly;
    case reassembly::cause::contradictory:
      return loss_place::contradiction;
    case reassembly::cause::overdue:
    case reassembly::cause::dropped:
      break;
  }
  return loss_place::fragments;
}

}  // namespace

bool incoming::is_restart(const part& old, clock::time_point now) noexcept {
  constexpr int enough = 3;
  const auto sequence = old.sequence;
  if (now - heard_ >= patience_ && sequence != latest_ && old.index == 0) return true;
  // A repeated pack has many of them.
  if (old.follows || window_.of(sequence) != sequence_window::state::past) return false;
  const auto step = sequence_window::distance(sequence, last_old_);
  if (old_in_a_row_ == 0 || step < 0) {
    old_in_a_row_ = 1;
  } else if (step > 0) {
    ++old_in_a_row_;
  }
  last_old_ = sequence;
  return old_in_a_row_ >= enough;
}

void incoming::lose(loss_place place, sequence_range which, std::string channel, losses& lost) {
  counted_.lost[static_cast<std::size_t>(place)] += which.size();
  lost.push_back({place, which, std::move(channel)});
}

void incoming::lose(reassembly::loss given_up, losses& lost) {
  const auto sequence = given_up.sequence;
  lose(place_of(given_up.why), {sequence, sequence}, std::move(given_up.channel), lost);
}

void incoming::lose(std::vector<reassembly::loss> given_up, std::vector<std::uint32_t> over,
                    losses& lost) {
  for (auto& each : given_up) {
    over.push_back(each.sequence);
    lose(std::move(each), lost);
  }
  // In order, and before what that misses is counted, so that none of them misses another.
  std::sort(over.begin(), over.end(),
            [from = window_.unsettled()](auto a, auto b) { return a - from < b - from; });
  std::vector<sequence_range> missed;
  for (const auto each : over) window_.mark(each, missed);
  lose(missed, lost);
}

void incoming::lose(const std::vector<sequence_range>& missed, losses& lost) {
  for (auto [first, last] : missed) {
    for (auto& each : unfinished_.drop({first, last})) {
      if (each.sequence != first) lose(loss_place::network, {first, each.sequence - 1}, "", lost);
      first = each.sequence + 1;
      lose(std::move(each), lost);
    }
    if (first != last + 1) lose(loss_place::network, {first, last}, "", lost);
  }
}

void incoming::settle(std::uint32_t upto, losses& lost) {
  std::vector<sequence_range> missed;
  window_.settle(upto, missed);
  lose(missed, lost);
}

void incoming::reach(std::uint32_t sequence) noexcept {
  const auto ahead = [this](std::uint32_t number) {
    return sequence_window::distance(number, window_.unsettled());
  };
  if (ahead(sequence) >= 0 && ahead(sequence) > ahead(latest_)) latest_ = sequence;
}

void incoming::expect(std::uint32_t latest, clock::time_point now) noexcept {
  if (!window_.has_begun()) return;
  heard_ = now;
  reach(latest);
}

incoming::losses incoming::hear(const heartbeat& said, clock::time_point now,
                                clock::time_point since) {
  losses lost;
  const bool is_another = instance_ && instance_ != said.instance;
  const bool is_first = !instance_ || (is_another && has_begun_anew_);
  const bool has_news = std::exchange(has_news_, false);
  has_begun_anew_ = false;
  instance_ = said.instance;
  // Of what it sent before, nothing was to be heard.
  const bool is_older = said.age >= now - since || said.age >= heartbeat::max_age;
  if (!window_.has_begun()) {
    lost = begin(is_older ? said.latest + 1 : said.first, now);
  } else if (is_another && !is_first) {
    lost = begin(has_news ? said.latest + 1 : said.first, now);
  } else if (is_first && !is_older && sequence_window::distance(first_, said.first) > 0) {
    lose(loss_place::network, {said.first, first_ - 1}, "", lost);
  }
  expect(said.latest, now);
  return lost;
}

incoming::losses incoming::begin(std::uint32_t next, clock::time_point now) {
  auto lost = finish();
  if (window_.has_begun()) ++counted_.restarts;
  window_.begin(next);
  first_ = next;
  latest_ = due_ = next - 1;
  heard_ = now;
  old_in_a_row_ = 0;
  return lost;
}

incoming::outcome incoming::add(const part& datagram, clock::time_point now) {
  outcome result;
  const auto sequence = datagram.sequence;
  if (!window_.has_begun()) begin(sequence, now);
  if (window_.of(sequence) != sequence_window::state::fresh) {
    if (!is_restart(datagram, now)) {
      heard_ = now;
      ++counted_.repeated;
      result.what = gain::repetition;
      return result;
    }
    result.lost = begin(sequence, now);
    has_begun_anew_ = true;
  }
  heard_ = now;
  has_news_ = true;
  old_in_a_row_ = 0;
  reach(sequence);
  if (datagram.is_short) {
    auto dropped = unfinished_.drop({sequence, sequence});
    for (auto& each : dropped) {
      lose(loss_place::contradiction, {sequence, sequence}, std::move(each.channel), result.lost);
    }
    std::vector<sequence_range> missed;
    window_.mark(sequence, missed);
    lose(missed, result.lost);
    if (!dropped.empty()) return result;
    ++counted_.delivered;
    result.what = gain::short_message;
    return result;
  }
  auto taken = unfinished_.add(datagram, now);
  if (taken.what == reassembly::fate::kept && taken.lost.empty()) return result;
  std::vector<std::uint32_t> over;
  switch (taken.what) {
    case reassembly::fate::kept:
    case reassembly::fate::contradictory:
      break;
    case reassembly::fate::duplicate:
      ++counted_.repeated;
      result.what = gain::repetition;
      break;
    case reassembly::fate::completed:
      over.push_back(sequence);
      ++counted_.delivered;
      result.what = gain::long_message;
      result.channel = std::move(taken.channel);
      result.message = std::move(taken.message);
      result.datagram = std::move(taken.datagram);
      break;
    case reassembly::fate::refused:
      over.push_back(sequence);
      lose(loss_place::reassembly, {sequence, sequence}, std::string(datagram.channel),
           result.lost);
      break;
  }
  lose(std::move(taken.lost), std::move(over), result.lost);
  return result;
}

incoming::losses incoming::give_up(clock::time_point now) {
  losses lost;
  lose(unfinished_.give_up_before(now - patience_), {}, lost);
  if (!is_waiting() || now - due_since_ < patience_) return lost;
  auto bound = due_;
  const auto unfinished = unfinished_.first_from(window_.unsettled());
  if (unfinished && sequence_window::distance(*unfinished, bound) <= 0) bound = *unfinished - 1;
  settle(bound, lost);
  due_ = latest_;
  due_since_ = now;
  return lost;
}

incoming::losses incoming::make_room() {
  losses lost;
  if (auto evicted = unfinished_.evict_oldest()) lose({*std::move(evicted)}, {}, lost);
  return lost;
}

incoming::losses incoming::finish() {
  losses lost;
  if (window_.has_begun()) settle(latest_, lost);
  return lost;
}

bool incoming::is_waiting() const noexcept {
  return window_.has_begun() && window_.unsettled() != latest_ + 1;
}

}  // namespace dgram::lcm
