#include "caf_dgram/actors/loop/run_alarm.h"

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

struct report {
  std::size_t loop = 0;
  std::string actor;
  std::chrono::nanoseconds so_far{0};
};

class RunAlarm : public ::testing::Test {
 protected:
  RunAlarm() {
    for (int i = 0; i < 2; ++i) loops.push_back(std::make_shared<run_watch>());
  }

  std::unique_ptr<run_alarm> start(std::chrono::nanoseconds limit) {
    return std::make_unique<run_alarm>(
        loops, limit,
        [this](std::size_t loop, const std::string& actor, std::chrono::nanoseconds so_far) {
          const std::lock_guard<std::mutex> guard(mutex);
          reports.push_back({loop, actor, so_far});
        });
  }

  std::vector<report> seen() {
    const std::lock_guard<std::mutex> guard(mutex);
    return reports;
  }

  /// Waits for so many reports.
  bool come(std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (seen().size() < count) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::vector<std::shared_ptr<run_watch>> loops;
  std::mutex mutex;
  std::vector<report> reports;
};

TEST_F(RunAlarm, ReportsARunThatLastsOnce) {
  const auto one = loops[1]->add("one");
  const auto limit = milliseconds(3);
  const auto sut = start(limit);
  loops[1]->begin(one);
  ASSERT_TRUE(come(1));
  // Long enough for more reports of the same run.
  std::this_thread::sleep_for(limit * 5);
  loops[1]->end();
  ASSERT_EQ(seen().size(), 1U);
  EXPECT_EQ(seen()[0].loop, 1U);
  EXPECT_EQ(seen()[0].actor, "one");
  EXPECT_GT(seen()[0].so_far, limit);
}

TEST_F(RunAlarm, ReportsTheNextRunAgainAndEachLoopByItself) {
  const auto first = loops[0]->add("first");
  const auto second = loops[1]->add("second");
  const auto sut = start(milliseconds(2));
  loops[0]->begin(first);
  ASSERT_TRUE(come(1));
  loops[1]->begin(second);
  ASSERT_TRUE(come(2));
  loops[0]->end();
  loops[0]->begin(first);
  ASSERT_TRUE(come(3));
  std::vector<std::string> names;
  for (const auto& each : seen()) names.push_back(each.actor);
  EXPECT_THAT(names, ElementsAre("first", "second", "first"));
}

TEST_F(RunAlarm, SaysNothingOfRunsWithinTheLimit) {
  const auto one = loops[0]->add("one");
  {
    const auto sut = start(std::chrono::hours(1));
    loops[0]->begin(one);
    std::this_thread::sleep_for(milliseconds(20));
    loops[0]->end();
  }
  EXPECT_TRUE(seen().empty());
}

}  // namespace
}  // namespace dgram
