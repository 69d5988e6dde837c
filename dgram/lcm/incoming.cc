#include "caf_dgram/dgram/lcm/incoming.h"

#include <iterator>
#include <optional>
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

const char* to_string(loss_place place) noexcept {
  switch (place) {
    case loss_place::network:
      return "network";
    case loss_place::fragments:
      return "fragments";
    case loss_place::reassembly:
      return "reassembly";
    case loss_place::contradiction:
      return "contradiction";
  }
  return "unknown place";
}

bool incoming::is_restart(std::uint32_t sequence, clock::time_point now) const noexcept {
  constexpr auto window = static_cast<std::int32_t>(sequence_window::size);
  return now - heard_ >= patience_ || sequence == 0 ||
         sequence_window::distance(window_.unsettled(), sequence) > window;
}

void incoming::lose(loss_place place, sequence_range which, std::string channel, losses& lost) {
  counted_.lost[static_cast<std::size_t>(place)] += which.size();
  lost.push_back({place, which, std::move(channel)});
}

void incoming::lose(std::vector<reassembly::loss> given_up, losses& lost) {
  for (auto& each : given_up) {
    lose(place_of(each.why), {each.sequence, each.sequence}, std::move(each.channel), lost);
    account(each.sequence, lost);
  }
}

void incoming::lose(const std::vector<sequence_range>& missed, losses& lost) {
  for (auto [first, last] : missed) {
    auto unfinished = unfinished_.drop({first, last});
    for (const auto& each : unfinished) {
      if (each.sequence != first) {
        lose(loss_place::network, {first, each.sequence - 1}, "", lost);
      }
      first = each.sequence + 1;
    }
    if (first != last + 1) lose(loss_place::network, {first, last}, "", lost);
    lose(std::move(unfinished), lost);
  }
}

void incoming::account(std::uint32_t sequence, losses& lost) {
  std::vector<sequence_range> missed;
  window_.mark(sequence, missed);
  lose(missed, lost);
}

void incoming::expect(std::uint32_t latest) noexcept {
  if (window_.has_begun() && sequence_window::distance(latest, latest_) > 0) latest_ = latest;
}

incoming::losses incoming::begin(std::uint32_t next) {
  losses lost;
  if (window_.has_begun()) {
    ++counted_.restarts;
    std::vector<sequence_range> missed;
    window_.settle(latest_, missed);
    lose(missed, lost);
  }
  window_.begin(next);
  latest_ = due_ = next - 1;
  return lost;
}

incoming::outcome incoming::add(const part& datagram, clock::time_point now) {
  outcome result;
  const auto sequence = datagram.sequence;
  if (!window_.has_begun()) begin(sequence);
  auto state = window_.of(sequence);
  if (state == sequence_window::state::past && is_restart(sequence, now)) {
    result.lost = begin(sequence);
    state = window_.of(sequence);
  }
  heard_ = now;
  if (state != sequence_window::state::fresh) {
    ++counted_.repeated;
    result.what = gain::repetition;
    return result;
  }
  expect(sequence);
  if (datagram.is_short) {
    lose(unfinished_.drop({sequence, sequence}), result.lost);
    if (window_.of(sequence) != sequence_window::state::fresh) return result;
    account(sequence, result.lost);
    ++counted_.delivered;
    result.what = gain::short_message;
    return result;
  }
  auto taken = unfinished_.add(datagram, now);
  lose(std::move(taken.lost), result.lost);
  if (window_.of(sequence) != sequence_window::state::fresh) {
    // Lost by a contradiction. What has begun under its number is counted with it.
    unfinished_.drop({sequence, sequence});
    return result;
  }
  switch (taken.what) {
    case reassembly::fate::kept:
      break;
    case reassembly::fate::duplicate:
      ++counted_.repeated;
      result.what = gain::repetition;
      break;
    case reassembly::fate::completed:
      account(sequence, result.lost);
      ++counted_.delivered;
      result.what = gain::long_message;
      result.channel = std::move(taken.channel);
      result.message = std::move(taken.message);
      break;
    case reassembly::fate::refused:
      account(sequence, result.lost);
      lose(loss_place::reassembly, {sequence, sequence}, std::string(datagram.channel),
           result.lost);
      break;
  }
  return result;
}

incoming::losses incoming::give_up(clock::time_point now) {
  losses lost;
  lose(unfinished_.give_up_before(now - patience_), lost);
  if (!is_waiting()) return lost;
  if (now - due_since_ < patience_) return lost;
  // What follows an unfinished message waits with it.
  auto bound = due_;
  const auto unfinished = unfinished_.first_from(window_.unsettled());
  if (unfinished && sequence_window::distance(*unfinished, bound) <= 0) bound = *unfinished - 1;
  std::vector<sequence_range> missed;
  window_.settle(bound, missed);
  lose(missed, lost);
  due_ = latest_;
  due_since_ = now;
  return lost;
}

bool incoming::is_waiting() const noexcept {
  return window_.has_begun() && window_.unsettled() != latest_ + 1;
}

}  // namespace dgram::lcm
