#include "caf_dgram/actors/loop/run_queue.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(RunQueue, HandsOverItemsInOrder) {
  run_queue<int> queue([] {});
  queue.push(1);
  queue.push(2);
  std::vector<int> batch;
  queue.take(batch);
  EXPECT_EQ(batch, (std::vector<int>{1, 2}));
  batch.clear();
  queue.take(batch);
  EXPECT_TRUE(batch.empty());
}

TEST(RunQueue, TellsWhetherThereIsWork) {
  run_queue<int> queue([] {});
  EXPECT_FALSE(queue.has_work());
  queue.nudge();
  EXPECT_TRUE(queue.has_work());
  std::vector<int> batch;
  queue.take(batch);
  EXPECT_FALSE(queue.has_work());
  queue.push(1);
  EXPECT_TRUE(queue.has_work());
}

TEST(RunQueue, WakesASleepingConsumerOnce) {
  int wakes = 0;
  run_queue<int> queue([&] { ++wakes; });
  queue.push(1);
  EXPECT_EQ(wakes, 0);
  std::vector<int> batch;
  queue.take(batch);
  ASSERT_TRUE(queue.prepare_to_sleep());
  queue.push(2);
  queue.push(3);
  EXPECT_EQ(wakes, 1);
}

TEST(RunQueue, DoesNotLetTheConsumerSleepOverWork) {
  run_queue<int> queue([] {});
  queue.push(1);
  EXPECT_FALSE(queue.prepare_to_sleep());
}

TEST(RunQueue, ANudgeKeepsTheConsumerAwakeOnce) {
  int wakes = 0;
  run_queue<int> queue([&] { ++wakes; });
  queue.nudge();
  EXPECT_FALSE(queue.prepare_to_sleep());
  std::vector<int> batch;
  queue.take(batch);
  EXPECT_TRUE(queue.prepare_to_sleep());
  queue.nudge();
  EXPECT_EQ(wakes, 1);
}

TEST(RunQueue, DoesNotWakeAConsumerThatIsUp) {
  int wakes = 0;
  run_queue<int> queue([&] { ++wakes; });
  ASSERT_TRUE(queue.prepare_to_sleep());
  queue.stay_awake();
  queue.push(1);
  EXPECT_EQ(wakes, 0);
}

/// A bell that rings through a mutex, like a poller's wake-up.
class bell {
 public:
  void ring() {
    const std::lock_guard<std::mutex> guard(mutex_);
    rung_ = true;
    heard_.notify_one();
  }
  void await() {
    std::unique_lock<std::mutex> lock(mutex_);
    heard_.wait(lock, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable heard_;
  bool rung_ = false;
};

TEST(RunQueue, LosesNothingBetweenManyProducersAndASleepyConsumer) {
  constexpr int producers = 4;
  constexpr int each = 20'000;
  bell wake_up;
  run_queue<int> queue([&] { wake_up.ring(); });
  std::vector<std::thread> threads;
  for (int id = 0; id < producers; ++id) {
    threads.emplace_back([&queue, id] {
      for (int i = 0; i < each; ++i) queue.push(id * each + i);
    });
  }
  std::vector<int> next(producers, 0);
  std::vector<int> batch;
  for (int seen = 0; seen < producers * each;) {
    queue.take(batch);
    for (const int item : batch) {
      // Each producer's items come in its own order.
      ASSERT_EQ(item % each, next[static_cast<std::size_t>(item / each)]++);
      ++seen;
    }
    batch.clear();
    if (seen < producers * each && queue.prepare_to_sleep()) wake_up.await();
    queue.stay_awake();
  }
  for (auto& thread : threads) thread.join();
}

TEST(RunQueue, IsClosedOnlyWhenItIsEmptyAndTakesNothingFromThenOn) {
  int wakes = 0;
  run_queue<int> queue([&] { ++wakes; });
  EXPECT_TRUE(queue.push(1));
  EXPECT_FALSE(queue.close_if_empty());
  EXPECT_TRUE(queue.push(2));
  std::vector<int> batch;
  queue.take(batch);
  EXPECT_EQ(batch, (std::vector<int>{1, 2}));
  batch.clear();
  EXPECT_TRUE(queue.close_if_empty());
  EXPECT_FALSE(queue.push(3));
  EXPECT_FALSE(queue.has_work());
  queue.take(batch);
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(wakes, 0);
}

}  // namespace
}  // namespace dgram
