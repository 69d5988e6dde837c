#include "caf_dgram/dgram/lcm/sequence_window.h"

namespace dgram::lcm {
namespace {

void append(std::vector<sequence_range>& ranges, std::uint32_t first, std::uint32_t last) {
  if (!ranges.empty() && ranges.back().last + 1 == first) {
    ranges.back().last = last;
  } else {
    ranges.push_back({first, last});
  }
}

}  // namespace

sequence_window::state sequence_window::of(std::uint32_t sequence) const noexcept {
  if (!begun_) return state::fresh;
  if (distance(sequence, settled_) < 0) return state::past;
  return distance(sequence, next_) < 0 && is_seen(sequence) ? state::seen : state::fresh;
}

void sequence_window::begin(std::uint32_t next) noexcept {
  begun_ = true;
  settled_ = next_ = next;
  seen_.reset();
}

void sequence_window::mark(std::uint32_t sequence, std::vector<sequence_range>& missed) {
  if (!begun_) begin(sequence);
  if (distance(sequence, settled_) < 0) return;
  if (distance(sequence, next_) >= 0) {
    // What the window cannot hold beside the new number is settled.
    const auto first = sequence - static_cast<std::uint32_t>(size - 1);
    if (distance(first, settled_) > 0) settle(first - 1, missed);
    next_ = sequence + 1;
  }
  seen_[sequence % size] = true;
}

void sequence_window::settle(std::uint32_t upto, std::vector<sequence_range>& missed) {
  if (!begun_ || distance(upto, settled_) < 0) return;
  for (; settled_ != next_ && distance(upto, settled_) >= 0; ++settled_) {
    if (!is_seen(settled_)) append(missed, settled_, settled_);
    seen_[settled_ % size] = false;
  }
  if (distance(upto, next_) < 0) return;
  // Beyond the newest, nothing was seen.
  append(missed, next_, upto);
  settled_ = next_ = upto + 1;
}

}  // namespace dgram::lcm
