#include "caf_dgram/actors/socket/error_log.h"

#include <chrono>

namespace dgram {
namespace {

constexpr std::int64_t burst = 10;
constexpr std::chrono::milliseconds interval{100};

}  // namespace

error_log::error_log(subscribers& audience, part_owner* owner)
    : audience_(audience), owner_(owner), budget_(burst, interval) {}

void error_log::publish(const absl::Status& why, failed_command what, std::uint64_t withheld) {
  audience_.publish(
      error_event{to_error(why), withheld, what.operation, std::move(what.destination)});
}

void error_log::publish_within_budget(const absl::Status& why, failed_command what,
                                      std::uint64_t stands_for) {
  if (budget_.spend(clock::now(), stands_for)) {
    last_withheld_.reset();
    return publish(why, std::move(what), budget_.take_withheld() + stands_for - 1);
  }
  const bool is_first = !last_withheld_;
  last_withheld_ = error{why, std::move(what)};
  if (is_first && owner_ != nullptr) owner_->deadline_changed();
}

std::optional<error_log::clock::time_point> error_log::next_report() const {
  return last_withheld_ ? std::optional(budget_.next()) : std::nullopt;
}

void error_log::report_withheld(bool at_the_end) {
  if (!last_withheld_) return;
  if (!budget_.spend(clock::now(), 0) && !at_the_end) return;
  auto [why, what] = *std::exchange(last_withheld_, std::nullopt);
  publish(why, std::move(what), budget_.take_withheld() - 1);
}

}  // namespace dgram
