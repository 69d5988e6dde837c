#include "caf_dgram/actors/loop/loop.h"

#include <caf/all.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "caf_dgram/actors/config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

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
