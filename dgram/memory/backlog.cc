#include "caf_dgram/dgram/memory/backlog.h"

#include <algorithm>
#include <utility>

namespace dgram {

void backlog::add(const batch& datagrams) {
  for (const auto& each : datagrams.runs()) {
    runs_.push_back({each.bytes, each.segment_size, each.size, datagrams.ends_of(each)});
  }
  count_ += datagrams.size();
}

batch backlog::take(std::size_t at_most) {
  batch result;
  for (auto left = std::min(at_most, count_); left > 0;) {
    auto& oldest = runs_.front();
    const auto count = std::min(left, oldest.count());
    if (count < oldest.count()) {
      const auto bytes = count * oldest.segment_size;
      result.add_segments(oldest.bytes.slice(0, bytes), oldest.segment_size, oldest.ends);
    } else {
      result.add_run(oldest.bytes, oldest.segment_size, oldest.size, oldest.ends);
    }
    drop_oldest(count);
    left -= count;
  }
  return result;
}

std::size_t backlog::count_within(std::size_t bytes, std::size_t overhead) const noexcept {
  std::size_t result = 0;
  for (const auto& each : runs_) {
    if (bytes == 0) break;
    // Exact also where the last datagram is shorter: who sends less than there is room for
    // may have nothing to wait for.
    const auto whole = each.bytes.size() + each.count() * overhead;
    const auto cost = each.segment_size + overhead;
    const auto begun = cost == 0 ? each.count() : std::min(each.count(), (bytes - 1) / cost + 1);
    result += begun;
    if (begun < each.count()) break;
    bytes -= std::min(bytes, whole);
  }
  return result;
}

void backlog::drop_oldest(std::size_t count) {
  count_ -= count;
  while (count > 0) {
    auto& oldest = runs_.front();
    const auto here = oldest.count();
    if (count < here) {
      const auto bytes = count * oldest.segment_size;
      oldest.bytes = oldest.bytes.slice(bytes, oldest.bytes.size() - bytes);
      oldest.size = oldest.bytes.size();
      oldest.segment_size = std::min(oldest.segment_size, oldest.size);
      return;
    }
    runs_.pop_front();
    count -= here;
  }
}

void backlog::drop_newest(std::size_t count) {
  count_ -= count;
  while (count > 0) {
    auto& newest = runs_.back();
    const auto here = newest.count();
    if (count < here) {
      newest.bytes = newest.bytes.slice(0, (here - count) * newest.segment_size);
      newest.size = newest.bytes.size();
      return;
    }
    runs_.pop_back();
    count -= here;
  }
}

}  // namespace dgram
