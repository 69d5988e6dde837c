#include "caf_dgram/actors/socket/error_log.h"

#include <chrono>

namespace dgram {
namespace {

constexpr std::int64_t burst = 10;
constexpr std::chrono::milliseconds interval{100};

}  // namespace

error_log::error_log(subscribers& audience) : audience_(audience), budget_(burst, interval) {}

void error_log::publish(const absl::Status& why, failed_command what, std::uint64_t withheld) {
  audience_.publish(
      error_event{to_error(why), withheld, what.operation, std::move(what.destination)});
}

void error_log::publish_within_budget(const absl::Status& why, failed_command what) {
  if (!budget_.spend(std::chrono::steady_clock::now())) return;
  publish(why, std::move(what), budget_.take_withheld());
}

}  // namespace dgram
