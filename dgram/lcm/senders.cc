#include "caf_dgram/dgram/lcm/senders.h"

#include <algorithm>
#include <numeric>

namespace dgram::lcm {
namespace {

std::uint64_t lost_in_all(const incoming::counts& counted) noexcept {
  return std::accumulate(counted.lost.begin(), counted.lost.end(), std::uint64_t{0});
}

}  // namespace

void senders::tell(const endpoint& who, const std::vector<lost_messages>& lost) {
  for (const auto& each : lost) on_loss_(who, each);
}

void senders::forget_the_silent(clock::time_point now) {
  const auto silent = std::min_element(
      senders_.begin(), senders_.end(),
      [](const auto& a, const auto& b) { return a.second.heard < b.second.heard; });
  auto& messages = silent->second.messages;
  tell(silent->first, messages.finish());
  ++forgotten_;
  forgot_at_ = now;
  delivered_before_ += messages.counted().delivered;
  lost_before_ += lost_in_all(messages.counted());
  if (last_ == &*silent) last_ = nullptr;
  senders_.erase(silent);
}

senders::sender& senders::find_or_begin(const endpoint& who, clock::time_point now) {
  if (last_ == nullptr || last_->first != who) {
    auto found = senders_.find(who);
    if (found == senders_.end()) {
      if (senders_.size() >= limits_.senders) forget_the_silent(now);
      found = senders_.emplace(who, sender{incoming(limits_.reassembly, limits_.patience)}).first;
    }
    last_ = &*found;
  }
  last_->second.heard = now;
  return last_->second;
}

incoming::outcome senders::add(const endpoint& sender, const part& datagram,
                               clock::time_point now) {
  auto& messages = find_or_begin(sender, now).messages;
  const auto before = messages.bytes();
  auto result = messages.add(datagram, now);
  if (!result.lost.empty()) tell(sender, result.lost);
  if (messages.bytes() > before) make_room();
  return result;
}

void senders::make_room() {
  auto bytes = std::accumulate(
      senders_.begin(), senders_.end(), std::size_t{0},
      [](std::size_t sum, const auto& each) { return sum + each.second.messages.bytes(); });
  while (bytes > limits_.bytes) {
    auto& [who, each] =
        *std::max_element(senders_.begin(), senders_.end(), [](const auto& a, const auto& b) {
          return a.second.messages.bytes() < b.second.messages.bytes();
        });
    bytes -= each.messages.bytes();
    tell(who, each.messages.make_room());
    bytes += each.messages.bytes();
  }
}

void senders::hear(const endpoint& sender, const heartbeat& said, clock::time_point now,
                   clock::time_point since) {
  auto& messages = find_or_begin(sender, now).messages;
  // Before that, it may have been known and forgotten.
  tell(sender, messages.hear(said, now, std::max(since, forgot_at_)));
}

void senders::give_up(clock::time_point now) {
  for (auto& [who, each] : senders_) {
    if (each.messages.is_waiting()) tell(who, each.messages.give_up(now));
  }
}

void senders::finish() {
  for (auto& [who, each] : senders_) tell(who, each.messages.finish());
}

bool senders::is_waiting() const noexcept {
  return std::any_of(senders_.begin(), senders_.end(),
                     [](const auto& each) { return each.second.messages.is_waiting(); });
}

std::vector<senders::count> senders::counts() const {
  std::vector<count> result;
  for (const auto& [who, each] : senders_) {
    result.push_back({who, each.messages.counted(), each.messages.bytes()});
  }
  std::sort(result.begin(), result.end(),
            [](const count& a, const count& b) { return a.sender < b.sender; });
  return result;
}

std::uint64_t senders::delivered() const noexcept {
  return std::accumulate(senders_.begin(), senders_.end(), delivered_before_,
                         [](std::uint64_t sum, const auto& each) {
                           return sum + each.second.messages.counted().delivered;
                         });
}

std::uint64_t senders::lost() const noexcept {
  return std::accumulate(senders_.begin(), senders_.end(), lost_before_,
                         [](std::uint64_t sum, const auto& each) {
                           return sum + lost_in_all(each.second.messages.counted());
                         });
}

}  // namespace dgram::lcm
