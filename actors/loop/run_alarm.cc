#include "caf_dgram/actors/loop/run_alarm.h"

#include <algorithm>
#include <utility>

namespace dgram {
namespace {

/// Looking more often would cost more than it tells.
constexpr std::chrono::nanoseconds shortest_interval = std::chrono::milliseconds(1);

}  // namespace

run_alarm::run_alarm(std::vector<std::shared_ptr<run_watch>> loops, std::chrono::nanoseconds limit,
                     reporter report)
    : loops_(std::move(loops)),
      limit_(limit),
      report_(std::move(report)),
      reported_(loops_.size()),
      thread_([this] { run(); }) {}

run_alarm::~run_alarm() {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    is_stopped_ = true;
  }
  stopped_.notify_one();
  thread_.join();
}

void run_alarm::run() {
  const auto interval = std::max(limit_ / 2, shortest_interval);
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_.wait_for(lock, interval, [this] { return is_stopped_; })) look();
}

void run_alarm::look() {
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    const auto current = loops_[i]->running();
    if (!current || current->since == reported_[i]) continue;
    const auto so_far = run_watch::clock::now() - current->since;
    if (so_far <= limit_) continue;
    reported_[i] = current->since;
    report_(i, loops_[i]->name_of(current->actor), so_far);
  }
}

}  // namespace dgram
