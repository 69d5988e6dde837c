#include "caf_dgram/actors/resolve/lookup_threads.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "caf_dgram/dgram/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr std::chrono::seconds patience{20};

/// A resolver that answers when the test lets it, and what it was asked and answered.
class LookupThreads : public ::testing::Test {
 protected:
  ~LookupThreads() override { open_gate(); }

  std::shared_ptr<lookup_threads> make(milliseconds longest_wait, std::size_t most,
                                       std::size_t limit) {
    return std::make_shared<lookup_threads>(
        longest_wait, most, limit,
        [shared = shared_](family f, const std::string& name) { return shared->look_up(f, name); });
  }

  void submit(lookup_threads& sut, const std::string& name) {
    sut.submit(family::udp4, name, [shared = shared_, name](const lookup_threads::answer& found) {
      const std::lock_guard<std::mutex> guard(shared->mutex);
      (found.ok() ? shared->found : shared->failed).push_back(name);
      if (!found.ok()) shared->reasons.emplace_back(found.status().message());
      shared->changed.notify_all();
    });
  }

  void open_gate() {
    const std::lock_guard<std::mutex> guard(shared_->mutex);
    shared_->is_open = true;
    shared_->changed.notify_all();
  }

  template <class Condition>
  void await(Condition holds) {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    EXPECT_TRUE(shared_->changed.wait_for(lock, patience, [&] { return holds(*shared_); }));
  }

  struct state {
    lookup_threads::answer look_up(family f, const std::string& name) {
      std::unique_lock<std::mutex> lock(mutex);
      asked.push_back(name);
      changed.notify_all();
      changed.wait(lock, [this] { return is_open; });
      return std::vector<endpoint>{endpoint::loopback(f, 0)};
    }

    std::mutex mutex;
    std::condition_variable changed;
    bool is_open = false;
    std::vector<std::string> asked;
    std::vector<std::string> found;
    std::vector<std::string> failed;
    std::vector<std::string> reasons;
  };

  const std::shared_ptr<state> shared_ = std::make_shared<state>();
};

TEST_F(LookupThreads, AskAsManyNamesAtATimeAsThereAreThreads) {
  const auto sut = make(patience, 100, 2);
  for (const char* name : {"a", "b", "c"}) submit(*sut, name);
  await([](const state& now) { return now.asked.size() == 2; });
  open_gate();
  await([](const state& now) { return now.found.size() == 3; });
  EXPECT_THAT(shared_->found, UnorderedElementsAre("a", "b", "c"));
}

TEST_F(LookupThreads, PassOverQuestionsThatNobodyWaitsForAnyMore) {
  constexpr milliseconds longest_wait{500};
  const auto sut = make(longest_wait, 100, 1);
  submit(*sut, "dead");
  await([](const state& now) { return now.asked.size() == 1; });
  const auto asked = std::chrono::steady_clock::now();
  for (const char* name : {"stale 1", "stale 2"}) submit(*sut, name);
  // The one thread is blocked for longer than they wait.
  std::this_thread::sleep_until(asked + 2 * longest_wait);
  submit(*sut, "good");
  open_gate();
  await([](const state& now) { return now.found.size() + now.failed.size() == 4; });
  EXPECT_THAT(shared_->failed, ElementsAre("stale 1", "stale 2"));
  EXPECT_THAT(shared_->found, ElementsAre("dead", "good"));
  EXPECT_THAT(shared_->asked, ElementsAre("dead", "good"));
  EXPECT_THAT(shared_->reasons.front(),
              ::testing::AllOf(HasSubstr("stale 1"), HasSubstr("no thread was free in time")));
}

TEST_F(LookupThreads, RefuseMoreQuestionsThanMayWait) {
  const auto sut = make(patience, 2, 1);
  submit(*sut, "busy");
  await([](const state& now) { return now.asked.size() == 1; });
  for (const char* name : {"1", "2", "3"}) submit(*sut, name);
  EXPECT_THAT(shared_->failed, ElementsAre("3"));
  EXPECT_THAT(shared_->reasons, ElementsAre("resolve \"3\": 2 names wait to be looked up"));
  open_gate();
  await([](const state& now) { return now.found.size() == 3; });
}

TEST_F(LookupThreads, CallNobodyOnceTheyAreClosed) {
  const auto sut = make(patience, 100, 1);
  for (const char* name : {"a", "b"}) submit(*sut, name);
  await([](const state& now) { return now.asked.size() == 1; });
  sut->close();
  submit(*sut, "c");
  open_gate();
  const auto next = make(patience, 100, 1);
  submit(*next, "d");
  await([](const state& now) { return now.found.size() == 1; });
  EXPECT_THAT(shared_->found, ElementsAre("d"));
}

TEST_F(LookupThreads, StartAgainForAQuestionThatFindsNoneOfThem) {
  open_gate();
  const auto sut = make(patience, 100, 1);
  for (std::size_t i = 1; i <= 3; ++i) {
    submit(*sut, std::to_string(i));
    await([i](const state& now) { return now.found.size() == i; });
  }
  EXPECT_THAT(shared_->found, ElementsAre("1", "2", "3"));
}

TEST_F(LookupThreads, DropWhatTheyAreAskedWhenTheyAreClosed) {
  const auto sut = make(patience, 100, 1);
  submit(*sut, "a");
  await([](const state& now) { return now.asked.size() == 1; });
  const auto token = std::make_shared<int>();
  const auto ask = [&](const char* name) {
    sut->submit(family::udp4, name, [token](const lookup_threads::answer&) {});
  };
  ask("b");
  EXPECT_EQ(token.use_count(), 2);
  sut->close();
  EXPECT_EQ(token.use_count(), 1);
  ask("c");
  EXPECT_EQ(token.use_count(), 1);
  open_gate();
  // The thread shares the ownership until it ends.
  const auto until = std::chrono::steady_clock::now() + patience;
  while (sut.use_count() > 1 && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  EXPECT_EQ(sut.use_count(), 1);
  const std::lock_guard<std::mutex> guard(shared_->mutex);
  EXPECT_THAT(shared_->asked, ElementsAre("a"));
}

}  // namespace
}  // namespace dgram
