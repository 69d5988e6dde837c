#include "caf_dgram/actors/loop/loop.h"

#include <caf/all.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "caf_dgram/actors/config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/comes_true.h"

namespace dgram {
namespace {

using ::testing::Contains;
using ::testing::Not;

/// As top(1) shows them: /proc/[pid]/task/[tid]/comm of proc(5).
std::vector<std::string> thread_names() {
  std::vector<std::string> names;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "comm");
    std::string name;
    // A thread that has ended meanwhile has none.
    if (std::getline(file, name)) names.push_back(name);
  }
  return names;
}

class LoopThread : public ::testing::Test {
 protected:
  std::unique_ptr<loop> start(std::size_t index) {
    return std::make_unique<loop>(system, *make_poller(default_poller_kind()), loop_timing{},
                                  index);
  }

  system_config config;
  caf::actor_system system{config};
};

/// A poller that counts how often it was asked without waiting.
class counting_poller final : public poller {
 public:
  counting_poller(std::unique_ptr<poller> real, std::atomic<int>& polls)
      : real_(std::move(real)), polls_(polls) {}

  absl::Status watch(int fd, void* tag, interest what) override {
    return real_->watch(fd, tag, what);
  }
  absl::Status change(int fd, void* tag, interest what) override {
    return real_->change(fd, tag, what);
  }
  void forget(int fd) override { real_->forget(fd); }
  std::size_t wait(absl::Span<readiness> ready, std::optional<clock::duration> timeout) override {
    if (timeout == clock::duration::zero()) ++polls_;
    return real_->wait(ready, timeout);
  }
  void pause(clock::duration time) override { real_->pause(time); }
  void wake() noexcept override { real_->wake(); }

 private:
  const std::unique_ptr<poller> real_;
  std::atomic<int>& polls_;
};

TEST_F(LoopThread, PollsBeforeItSleepsIfItIsToSpin) {
  std::atomic<int> polls{0};
  auto counting = std::make_unique<counting_poller>(*make_poller(default_poller_kind()), polls);
  const loop sut(system, std::move(counting), loop_timing{std::chrono::microseconds(50), {}}, 0);
  EXPECT_TRUE(testing::comes_true([&] { return polls > 0; }));
}

TEST_F(LoopThread, HasItsNameFromTheStart) {
  for (std::size_t i = 0; i < 50; ++i) {
    const auto one = start(i);
    ASSERT_THAT(thread_names(), Contains("dgram.loop." + std::to_string(i)));
  }
}

TEST_F(LoopThread, HasANameWithItsIndex) {
  const auto first = start(0);
  const auto second = start(1);
  EXPECT_THAT(thread_names(), Contains("dgram.loop.0"));
  EXPECT_THAT(thread_names(), Contains("dgram.loop.1"));
  EXPECT_THAT(thread_names(), Not(Contains("dgram.loop.2")));
}

TEST_F(LoopThread, HasANameCutToWhatTheSystemTakes) {
  const auto far = start(123'456);
  EXPECT_THAT(thread_names(), Contains("dgram.loop.1234"));
}

}  // namespace
}  // namespace dgram
