#include "caf_dgram/dgram/lcm/reassembly.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace dgram::lcm {

// Fragments that overlap leave a gap elsewhere, or disagree.
bool reassembly::message::is_gapless() const noexcept {
  std::uint32_t end = 0;
  for (const auto& each : extents) {
    if (each.begin != end) return false;
    end = each.end;
  }
  return end == size;
}

bool reassembly::is_over(std::uint32_t sequence) const noexcept {
  const auto end = over_.begin() + static_cast<std::ptrdiff_t>(std::min(overs_, over_.size()));
  return std::find(over_.begin(), end, sequence) != end;
}

void reassembly::forget(messages_by_sequence::iterator which) {
  over_.at(overs_++ % over_.size()) = which->first;
  bytes_ -= cost_of(which->second.size, which->second.extents.size());
  unfinished_.erase(which);
}

reassembly::loss reassembly::give_up(messages_by_sequence::iterator which) {
  loss result{which->first, std::move(which->second.channel)};
  forget(which);
  return result;
}

void reassembly::evict_for(std::size_t cost, std::vector<loss>& lost) {
  while (!unfinished_.empty() &&
         (bytes_ + cost > limits_.bytes || unfinished_.size() >= limits_.messages)) {
    lost.push_back(give_up(std::min_element(
        unfinished_.begin(), unfinished_.end(),
        [](const auto& a, const auto& b) { return a.second.age < b.second.age; })));
  }
}

std::vector<reassembly::loss> reassembly::clear() {
  std::vector<loss> lost;
  while (!unfinished_.empty()) lost.push_back(give_up(unfinished_.begin()));
  overs_ = 0;
  return lost;
}

reassembly::outcome reassembly::add(const part& fragment) {
  outcome result;
  auto found = unfinished_.find(fragment.sequence);
  if (found != unfinished_.end() &&
      (found->second.size != fragment.size || found->second.extents.size() != fragment.count)) {
    // A sender that has restarted counts anew: the later message is the one that goes on.
    result.what = fate::contradictory;
    result.lost.push_back(give_up(found));
    found = unfinished_.end();
  } else if (found == unfinished_.end() && is_over(fragment.sequence)) {
    result.what = fate::duplicate;
    return result;
  }
  if (found == unfinished_.end()) {
    const auto cost = cost_of(fragment.size, fragment.count);
    // Not touched before fragments fill it, so that an announced size costs no memory.
    std::shared_ptr<char> bytes;
    if (fragment.size <= limits_.message_size && cost <= limits_.bytes && limits_.messages > 0) {
      bytes.reset(static_cast<char*>(std::malloc(std::max<std::size_t>(fragment.size, 1))),
                  std::free);
    }
    if (!bytes) {
      result.what = fate::too_large;
      return result;
    }
    evict_for(cost, result.lost);
    bytes_ += cost;
    message begun;
    begun.age = begun_++;
    begun.size = fragment.size;
    begun.bytes = std::move(bytes);
    begun.extents.resize(fragment.count);
    begun.missing = fragment.count;
    found = unfinished_.emplace(fragment.sequence, std::move(begun)).first;
  }
  auto& unfinished = found->second;
  auto& extent = unfinished.extents[fragment.index];
  if (extent.is_there) {
    result.what = fate::duplicate;
    return result;
  }
  const auto length = static_cast<std::uint32_t>(fragment.bytes.size());
  extent = {fragment.offset, fragment.offset + length, true};
  if (length > 0)
    std::memcpy(unfinished.bytes.get() + fragment.offset, fragment.bytes.data(), length);
  if (fragment.index == 0) unfinished.channel = fragment.channel;
  if (--unfinished.missing > 0) return result;
  if (!unfinished.is_gapless()) {
    result.what = fate::contradictory;
    result.lost.push_back(give_up(found));
    return result;
  }
  result.what = fate::completed;
  result.channel = std::move(unfinished.channel);
  result.message = payload::view_of(unfinished.bytes, {unfinished.bytes.get(), unfinished.size});
  forget(found);
  return result;
}

}  // namespace dgram::lcm
