#include "caf_dgram/actors/socket/allowance.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace dgram {

batch allowance::offer(batch datagrams) {
  const bool all_pass = !window_.is_limited() &&
                        (!is_limited() || datagrams.size() <= static_cast<std::size_t>(credits()));
  if (waiting_.empty() && all_pass) return pass(std::move(datagrams));
  waiting_.add(datagrams);
  return release();
}

batch allowance::release() {
  if (waiting_.empty() || is_blocked()) return {};
  auto count = is_limited() ? static_cast<std::size_t>(credits()) : waiting();
  if (window_.is_limited()) {
    count = std::min(count, waiting_.count_within(window_.room(), acknowledged_window::overhead));
  }
  return pass(waiting_.take(count));
}

batch allowance::pass(batch datagrams) noexcept {
  count_passed(datagrams.size());
  if (is_limited()) terms_.credits -= static_cast<std::int64_t>(datagrams.size());
  return datagrams;
}

void allowance::lose(std::size_t count) {
  lost_ += count;
  if (terms_.beyond == excess::lose_oldest) {
    waiting_.drop_oldest(count);
  } else {
    waiting_.drop_newest(count);
  }
}

void allowance::abandon() {
  lost_ += waiting();
  waiting_.clear();
}

void allowance::grant(std::int64_t credits) noexcept {
  if (!is_limited()) return;
  const auto room = std::numeric_limits<std::int64_t>::max() - terms_.credits;
  terms_.credits += std::min(credits, room);
}

std::uint64_t allowance::take_unreported() noexcept {
  const auto news = lost_ - std::exchange(reported_, lost_);
  if (news > 0) passed_since_report_ = false;
  return news;
}

}  // namespace dgram
