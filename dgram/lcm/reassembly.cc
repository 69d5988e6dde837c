#include "caf_dgram/dgram/lcm/reassembly.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>
#include <utility>

#include "caf_dgram/dgram/memory/heap_bytes.h"

namespace dgram::lcm {
namespace {

/// Writes the header of a short message in front of a message's bytes, and returns where it begins.
char* put_header_before(char* bytes, std::uint32_t sequence, std::string_view channel) noexcept {
  part header;
  header.is_short = true;
  header.sequence = sequence;
  header.channel = channel;
  char* const begin = bytes - short_header_size - channel.size() - 1;
  write_header(header, begin);
  return begin;
}

}  // namespace

bool reassembly::message::agrees(const part& fragment) {
  const auto learn = [](std::optional<std::uint32_t>& known, std::uint64_t value) {
    if (!known) known = static_cast<std::uint32_t>(value);
    return *known == value;
  };
  if (fragment.size != size || fragment.count != count) return false;
  const std::uint64_t length = fragment.bytes.size();
  if (fragment.index + 1 == count) {
    if (!learn(last_offset, fragment.offset)) return false;
    if (count == 2 && !learn(first, fragment.offset)) return false;
  } else if (fragment.index == 0) {
    if (!learn(first, length)) return false;
  } else {
    const auto between = length * (fragment.index - 1U);
    if (between > fragment.offset || !learn(other, length) ||
        !learn(first, fragment.offset - between)) {
      return false;
    }
  }
  if (!first || !other || !last_offset) return true;
  return *first + std::uint64_t{*other} * (count - 2U) == *last_offset;
}

void reassembly::forget(messages_by_sequence::iterator which) {
  bytes_ -= cost_of(which->second.size, which->second.count);
  unfinished_.erase(which);
}

reassembly::loss reassembly::give_up(messages_by_sequence::iterator which, cause why) {
  auto& lost = which->second;
  loss result{why, which->first, std::move(lost.channel), lost.count, lost.missing};
  forget(which);
  return result;
}

std::vector<reassembly::loss> reassembly::give_up_before(clock::time_point then) {
  std::vector<loss> lost;
  for (auto one = unfinished_.begin(); one != unfinished_.end();) {
    const auto next = std::next(one);
    if (one->second.last < then) lost.push_back(give_up(one, cause::overdue));
    one = next;
  }
  return lost;
}

std::vector<reassembly::loss> reassembly::drop(sequence_range which) {
  std::vector<loss> lost;
  while (const auto number = first_from(which.first)) {
    if (*number - which.first > which.last - which.first) break;
    lost.push_back(give_up(unfinished_.find(*number), cause::dropped));
  }
  return lost;
}

std::optional<reassembly::loss> reassembly::evict_oldest() {
  const auto oldest =
      std::min_element(unfinished_.begin(), unfinished_.end(),
                       [](const auto& a, const auto& b) { return a.second.age < b.second.age; });
  if (oldest == unfinished_.end()) return std::nullopt;
  return give_up(oldest, cause::evicted);
}

std::optional<std::uint32_t> reassembly::first_from(std::uint32_t number) const {
  if (unfinished_.empty()) return std::nullopt;
  const auto found = unfinished_.lower_bound(number);
  return found != unfinished_.end() ? found->first : unfinished_.begin()->first;
}

reassembly::messages_by_sequence::iterator reassembly::find_or_begin(const part& fragment,
                                                                     std::vector<loss>& lost) {
  const auto found = unfinished_.find(fragment.sequence);
  if (found != unfinished_.end()) return found;
  const auto cost = cost_of(fragment.size, fragment.count);
  if (fragment.size > limits_.message_size || cost > limits_.bytes || limits_.messages == 0) {
    return unfinished_.end();
  }
  auto owner = std::make_unique<heap_bytes>(max_short_header_size + fragment.size);
  if (owner->data() == nullptr) return unfinished_.end();
  while (bytes_ + cost > limits_.bytes || unfinished_.size() >= limits_.messages) {
    lost.push_back(*evict_oldest());
  }
  message begun;
  begun.age = begun_++;
  begun.size = fragment.size;
  begun.count = fragment.count;
  begun.missing = fragment.count;
  begun.is_there.resize(fragment.count);
  begun.bytes = owner->data() + max_short_header_size;
  begun.owner = byte_owner_ref::adopt(owner.release());
  const auto result = unfinished_.emplace(fragment.sequence, std::move(begun)).first;
  bytes_ += cost;
  return result;
}

reassembly::outcome reassembly::add(const part& fragment, clock::time_point now) {
  outcome result;
  const auto found = find_or_begin(fragment, result.lost);
  if (found == unfinished_.end()) {
    result.what = fate::refused;
    return result;
  }
  const auto is_the_same = [&](const message& known) {
    return std::equal(fragment.bytes.begin(), fragment.bytes.end(), known.bytes + fragment.offset);
  };
  if (!found->second.agrees(fragment) ||
      (found->second.is_there[fragment.index] && !is_the_same(found->second))) {
    result.lost.push_back(give_up(found, cause::contradictory));
    result.what = fate::contradictory;
    return result;
  }
  auto& whole = found->second;
  if (whole.is_there[fragment.index]) {
    result.what = fate::duplicate;
    return result;
  }
  whole.last = now;
  whole.is_there[fragment.index] = true;
  if (fragment.index == 0) whole.channel = fragment.channel;
  if (!fragment.bytes.empty()) {
    std::memcpy(whole.bytes + fragment.offset, fragment.bytes.data(), fragment.bytes.size());
  }
  if (--whole.missing > 0) return result;
  result.what = fate::completed;
  const auto* const begin = put_header_before(whole.bytes, fragment.sequence, whole.channel);
  const auto header = static_cast<std::size_t>(whole.bytes - begin);
  result.channel = std::move(whole.channel);
  result.datagram = payload::view_of(std::move(whole.owner), {begin, header + whole.size});
  result.message = result.datagram.slice(header, whole.size);
  forget(found);
  return result;
}

}  // namespace dgram::lcm
