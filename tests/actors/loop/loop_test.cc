#include "caf_dgram/actors/loop/loop.h"

#include <caf/all.hpp>

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/direct_receiver.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/compat/threads.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/loop/loop_thread.h"
#include "caf_dgram/dgram/posix/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/comes_true.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;
using testing::comes_true;
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

/// What a loop has asked its poller for.
struct poller_notes {
  std::atomic<int> polls{0};   ///< Waits for no time at all,
  std::atomic<int> sleeps{0};  ///< and for as long as it takes.
  std::atomic<int> pauses{0};
  std::atomic<int> forgotten{0};
  std::function<void()> at_next_poll;  ///< Called once, on the loop's thread.
};

class noting_poller final : public poller {
 public:
  explicit noting_poller(poller_notes& notes) : notes_(notes) {}

  absl::Status watch(int fd, void* tag, interest what) override {
    return real_->watch(fd, tag, what);
  }
  absl::Status change(int fd, void* tag, interest what) override {
    return real_->change(fd, tag, what);
  }
  void forget(int fd) override {
    ++notes_.forgotten;
    real_->forget(fd);
  }
  std::size_t wait(absl::Span<readiness> ready, std::optional<clock::duration> timeout) override {
    if (!timeout) ++notes_.sleeps;
    if (timeout == clock::duration::zero()) {
      ++notes_.polls;
      if (notes_.at_next_poll) std::exchange(notes_.at_next_poll, nullptr)();
    }
    return real_->wait(ready, timeout);
  }
  void pause(clock::duration time) override {
    ++notes_.pauses;
    real_->pause(time);
  }
  void wake() noexcept override { real_->wake(); }

 private:
  const std::unique_ptr<poller> real_ = *make_poller(default_poller_kind());
  poller_notes& notes_;
};

TEST_F(LoopThread, SpinsBeforeItSleepsAndLessOftenIfItFindsNothing) {
  poller_notes notes;
  const loop sut(system, std::make_unique<noting_poller>(notes),
                 loop_timing{std::chrono::microseconds(50), {}}, 0);
  ASSERT_TRUE(comes_true([&] { return notes.sleeps == 1; }));
  const int polls = notes.polls;
  EXPECT_GT(polls, 0);
  // It found nothing, so that the next occasion is left out.
  sut.inbox()->nudge();
  ASSERT_TRUE(comes_true([&] { return notes.sleeps == 2; }));
  EXPECT_EQ(notes.polls, polls);
  sut.inbox()->nudge();
  ASSERT_TRUE(comes_true([&] { return notes.sleeps == 3; }));
  EXPECT_GT(notes.polls, polls);
}

TEST_F(LoopThread, ForgetsThatSpinningWasInVainOnceItFindsWork) {
  poller_notes notes;
  const loop sut(system, std::make_unique<noting_poller>(notes),
                 loop_timing{std::chrono::microseconds(50), {}}, 0);
  int sleeps = 0;
  const auto next_sleep = [&] { return comes_true([&] { return notes.sleeps == sleeps + 1; }); };
  const auto turn = [&] {
    sleeps = notes.sleeps;
    sut.inbox()->nudge();
    ASSERT_TRUE(next_sleep());
  };
  ASSERT_TRUE(next_sleep());  // Has spun in vain, so that one occasion is left out,
  turn();                     // which is this one.
  notes.at_next_poll = [&] { sut.inbox()->nudge(); };
  turn();  // Spins and finds the nudge, spins again in vain,
  turn();  // leaves out one occasion, not three,
  const int polls = notes.polls;
  turn();
  EXPECT_GT(notes.polls, polls);
}

TEST_F(LoopThread, SleepsInItsFirstTurnIfItIsNotToSpin) {
  poller_notes notes;
  const loop sut(system, std::make_unique<noting_poller>(notes), loop_timing{}, 0);
  ASSERT_TRUE(comes_true([&] { return notes.sleeps == 1; }));
  EXPECT_EQ(notes.polls, 0);
  EXPECT_EQ(sut.count().turns, 1U);
}

/// An actor that a loop hosts like a socket: each message has it do what a test says.
class hosted : public own_actor<caf::event_based_actor> {
 public:
  using task = std::function<void(caf::event_based_actor*)>;

  hosted(caf::actor_config& config, std::shared_ptr<loop_inbox> inbox, task* next)
      : own_actor<caf::event_based_actor>(config), inbox_(std::move(inbox)), next_(next) {}

  caf::behavior make_behavior() override {
    return {[this](int) { std::exchange(*next_, nullptr)(this); }};
  }

 protected:
  bool runs_on_loop() const noexcept override { return true; }

  void take_in(caf::mailbox_element_ptr element, actor_runner* /*runs_on*/) override {
    const auto result = mailbox().push_back(std::move(element));
    if (result == caf::intrusive::inbox_result::unblocked_reader) {
      inbox_->push(job::sharing(*this));
    }
  }

 private:
  const std::shared_ptr<loop_inbox> inbox_;
  task* const next_;
};

/// The same as one of the program's actors, whose runs are timed.
class timed final : public hosted, public direct_receiver {
 public:
  using hosted::hosted;

  const void* home() const noexcept override { return nullptr; }
  bool is_free() override { return false; }
  void handle_at_once(caf::mailbox_element& /*element*/, actor_runner* /*on*/) override {}
};

/// What a loop calls, and how often.
class noting_client final : public loop_client {
 public:
  void on_ready(bool /*readable*/, bool /*writable*/) override {
    if (when_ready) when_ready();
  }
  void on_flush() override {
    ++flushes;
    if (when_flushed) when_flushed();
  }
  void on_deadline() override { ++deadlines; }
  void on_asked_again() override { ++asked; }
  void on_shutdown() override { ++shutdowns; }
  void on_exception(std::exception_ptr /*what*/) override {}

  std::function<void()> when_ready;
  std::function<void()> when_flushed;
  std::atomic<int> flushes{0};
  std::atomic<int> deadlines{0};
  std::atomic<int> asked{0};
  std::atomic<int> shutdowns{0};
};

caf::behavior count_messages(caf::event_based_actor*, std::atomic<int>* seen) {
  return {[seen](int) { ++*seen; }};
}

/// A loop that does what a test says in one of its turns.
class LoopTurn : public LoopThread {
 protected:
  LoopTurn() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    a_end = unique_fd(ends[0]);
    b_end = unique_fd(ends[1]);
  }

  ~LoopTurn() override {
    on_loop([this](auto*) {
      sut->detach(a);
      sut->detach(b);
    });
    caf::anon_send_exit(worker, caf::exit_reason::kill);
    worker = nullptr;
  }

  void start_with(loop_timing timing) {
    sut = std::make_unique<loop>(system, std::make_unique<noting_poller>(notes), timing, 0);
    worker = spawn_own<hosted, caf::hidden>(system, sut.get(), sut->inbox(), &next);
    on_loop([](auto*) {});
  }

  /// Does it on the loop's thread, and waits for that.
  void on_loop(hosted::task what) {
    auto done = std::make_shared<std::promise<void>>();
    auto is_done = done->get_future();
    next = [what = std::move(what), done](caf::event_based_actor* self) {
      what(self);
      done->set_value();
    };
    send_anonymously(worker, 1);
    is_done.get();
  }

  void attach(noting_client& client, int fd) {
    on_loop([&](auto*) { EXPECT_TRUE(sut->attach(client, nullptr, fd).ok()); });
  }

  /// In how many turns an actor handles that many messages.
  template <class Actor>
  std::uint64_t turns_for(int messages) {
    hosted::task its_next;
    const auto actor = spawn_own<Actor, caf::hidden>(system, sut.get(), sut->inbox(), &its_next);
    std::atomic<int> handled{0};
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    hosted::task handle = [&](auto*) {
      last = sut->count().turns;
      if (handled == 0) first = last;
      if (++handled < messages) its_next = handle;
    };
    on_loop([&](auto*) {
      its_next = handle;
      for (int i = 0; i < messages; ++i) send_anonymously(actor, 1);
    });
    EXPECT_TRUE(comes_true([&] { return handled == messages; }));
    on_loop([](auto*) {});
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    return last - first + 1;
  }

  /// Sends a message from the loop to an actor that sleeps, after some traffic.
  void wake_one(std::size_t datagrams, bool piles_up) {
    const auto receiver = system.spawn<caf::lazy_init>(count_messages, &seen);
    on_loop([&](caf::event_based_actor* self) {
      sut->count_traffic(datagrams, piles_up);
      // Traffic is measured over a millisecond at least.
      std::this_thread::sleep_for(milliseconds(2));
      send_message(self, receiver, 1);
    });
    ++sent;
  }

  /// Whether all messages of `wake_one` arrive.
  bool all_arrive() {
    return comes_true([this] { return seen == sent; });
  }

  /// Dense in any time that a test may take.
  static constexpr std::size_t dense = 1'000'000'000;

  unique_fd a_end;
  unique_fd b_end;
  noting_client a;
  noting_client b;
  poller_notes notes;
  std::atomic<int> seen{0};
  int sent = 0;
  hosted::task next;
  std::unique_ptr<loop> sut;
  caf::actor worker;
};

TEST_F(LoopTurn, IsOfAMarkedThreadWithExactTimers) {
  start_with({});
  EXPECT_FALSE(is_loop_thread());
  on_loop([](auto*) {
    EXPECT_TRUE(is_loop_thread());
    EXPECT_TRUE(is_known_to_caf());
    EXPECT_EQ(::prctl(PR_GET_TIMERSLACK, 0UL, 0UL, 0UL, 0UL), 1);
  });
}

TEST_F(LoopTurn, SpinsUntilThereIsWork) {
  start_with({std::chrono::hours(1), {}});
  const int polls = notes.polls;
  EXPECT_TRUE(comes_true([&] { return notes.polls > polls + 1; }));
  on_loop([](auto*) {});
  EXPECT_EQ(notes.sleeps, 0);
}

TEST_F(LoopTurn, IsFollowedByOthersForASocketThatHasMoreMessagesThanOneTakes) {
  start_with({});
  EXPECT_EQ(turns_for<hosted>(2500), 3U);
}

TEST_F(LoopTurn, GoesOnWithAnActorThatHasMoreMessagesThanARunTakes) {
  start_with({});
  EXPECT_EQ(turns_for<timed>(2500), 1U);
}

TEST_F(LoopTurn, LetsWhoUsedUpTheTimeCatchUpBeforeItsDescriptors) {
  start_with({});
  attach(a, a_end.get());
  hosted::task other_next;
  const auto other = spawn_own<hosted, caf::hidden>(system, sut.get(), sut->inbox(), &other_next);
  std::promise<void> started;
  other_next = [&](auto*) { started.set_value(); };
  send_anonymously(other, 1);
  started.get_future().get();
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::promise<void> ready;
  other_next = [&](auto*) { second = sut->count().turns; };
  a.when_flushed = [&] { EXPECT_EQ(second, 0U); };
  a.when_ready = [&] {
    EXPECT_EQ(second, first);
    sut->detach(a);
    ready.set_value();
  };
  on_loop([&](auto*) {
    first = sut->count().turns;
    auto& watch = *sut->home()->watch();
    watch.begin(1);
    std::this_thread::sleep_for(milliseconds(2));
    watch.end();
    send_anonymously(other, 1);
    sut->flush_later(a);
    EXPECT_EQ(::write(b_end.get(), "x", 1), 1);
  });
  EXPECT_EQ(ready.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

TEST_F(LoopTurn, RunsWhomItsActorsSendMessagesToButNotForEver) {
  start_with({});
  hosted::task other_next;
  const auto other = spawn_own<hosted, caf::hidden>(system, sut.get(), sut->inbox(), &other_next);
  constexpr int most = 1000;
  std::vector<std::uint64_t> turns;
  std::atomic<int> handled{0};
  // Each has the other go on.
  hosted::task here;
  hosted::task there;
  const auto go_on = [&](hosted::task& whose, const hosted::task& what, const caf::actor& to) {
    turns.push_back(sut->count().turns);
    if (++handled == most) return;
    whose = what;
    send_anonymously(to, 1);
  };
  here = [&](auto*) { go_on(other_next, there, other); };
  there = [&](auto*) { go_on(next, here, worker); };
  next = here;
  send_anonymously(worker, 1);
  ASSERT_TRUE(comes_true([&] { return handled == most; }));
  on_loop([](auto*) {});
  // Four rounds before the descriptors are looked at, and four after that.
  EXPECT_EQ(std::count(turns.begin(), turns.end(), turns[most / 2]), 8);
  // The other may start one turn later.
  EXPECT_LE(turns.back() - turns.front(), turns.size() / 4);
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

TEST_F(LoopTurn, IsFollowedByAnotherForWhatComesAtItsEnd) {
  start_with({});
  attach(a, a_end.get());
  // A client that wants to be flushed again, and a message of another thread.
  std::atomic<bool> has_run{false};
  a.when_flushed = [&] {
    if (a.flushes == 1) return sut->flush_later(a);
    next = [&](auto*) { has_run = true; };
    std::thread([&] { send_anonymously(worker, 1); }).join();
  };
  on_loop([&](auto*) { sut->flush_later(a); });
  EXPECT_TRUE(comes_true([&] { return has_run.load(); }));
  EXPECT_EQ(a.flushes, 2);
}

TEST_F(LoopTurn, ChargesNoRunWithWhatItDoesBetweenRuns) {
  start_with({});
  attach(a, a_end.get());
  const auto begins_after = [this](loop::clock::time_point then) {
    auto& watch = *sut->home()->watch();
    watch.begin(1);
    const auto since = watch.running()->since;
    watch.end();
    return since >= then;
  };
  const auto later = [] {
    std::this_thread::sleep_for(milliseconds(1));
    return loop::clock::now();
  };
  a.when_flushed = [&] { EXPECT_TRUE(begins_after(later())); };
  std::atomic<bool> has_other_run{false};
  hosted::task other_next = [&](auto*) {
    EXPECT_TRUE(begins_after(later()));
    has_other_run = true;
  };
  const auto other = spawn_own<hosted, caf::hidden>(system, sut.get(), sut->inbox(), &other_next);
  on_loop([&](auto*) {
    EXPECT_TRUE(begins_after(later()));
    EXPECT_FALSE(begins_after(later()));
    sut->count_traffic(1, true);
    EXPECT_TRUE(begins_after(later()));
    sut->flush_later(a);
  });
  EXPECT_TRUE(comes_true([&] { return a.flushes == 1; }));
  on_loop([&](auto*) {
    EXPECT_TRUE(begins_after(later()));
    // Runs in the same turn.
    send_anonymously(other, 1);
  });
  ASSERT_TRUE(comes_true([&] { return has_other_run.load(); }));
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

TEST_F(LoopTurn, CallsNobodyWhoIsNotAttached) {
  start_with({});
  attach(a, a_end.get());
  attach(b, b_end.get());
  a.when_flushed = [&] {
    sut->ask_again(b);
    sut->detach(b);
  };
  on_loop([&](auto*) {
    sut->flush_later(a);
    sut->flush_later(b);
    sut->set_deadline(b, loop::clock::now() + std::chrono::hours(1));
  });
  // The deadline went with its client.
  const int sleeps = notes.sleeps;
  on_loop([](auto*) {});
  EXPECT_TRUE(comes_true([&] { return notes.sleeps > sleeps; }));
  EXPECT_EQ(a.flushes, 1);
  EXPECT_EQ(b.flushes, 0);
  EXPECT_EQ(b.asked, 0);
  EXPECT_EQ(notes.forgotten, 1);
  noting_client never;
  on_loop([&](auto*) {
    EXPECT_FALSE(sut->attach(never, nullptr, -1).ok());
    EXPECT_TRUE(sut->watch(never, true, true).ok());
    sut->flush_later(never);
    sut->detach(never);
  });
  on_loop([](auto*) {});
  EXPECT_EQ(never.flushes, 0);
  EXPECT_EQ(notes.forgotten, 1);
}

TEST_F(LoopTurn, SleepsUntilADeadline) {
  start_with({});
  attach(a, a_end.get());
  const auto when = loop::clock::now() + milliseconds(50);
  const int polls = notes.polls;
  on_loop([&](auto*) { sut->set_deadline(a, when); });
  EXPECT_TRUE(comes_true([&] { return a.deadlines == 1; }));
  EXPECT_GE(loop::clock::now(), when);
  EXPECT_LT(notes.polls - polls, 10);
}

TEST_F(LoopTurn, AnnouncesTheShutdownOnceToClientsOfNowAndLater) {
  start_with({});
  attach(a, a_end.get());
  EXPECT_EQ(a.shutdowns, 0);
  sut->shut_down();
  EXPECT_TRUE(comes_true([&] { return a.shutdowns == 1; }));
  attach(b, b_end.get());
  EXPECT_TRUE(comes_true([&] { return b.shutdowns == 1; }));
  on_loop([](auto*) {});
  EXPECT_EQ(a.shutdowns, 1);
  EXPECT_EQ(b.shutdowns, 1);
}

TEST_F(LoopTurn, WakesReceiversNotBeforeItsEnd) {
  start_with({});
  const auto receiver = system.spawn<caf::lazy_init>(count_messages, &seen);
  on_loop([&](caf::event_based_actor* self) {
    send_message(self, receiver, 1);
    // Long enough for one that is woken at once.
    std::this_thread::sleep_for(milliseconds(20));
    EXPECT_EQ(seen, 0);
  });
  EXPECT_TRUE(comes_true([&] { return seen == 1; }));
}

TEST_F(LoopTurn, HoldsReceiversBackInAPauseWhileTrafficIsDense) {
  start_with({{}, std::chrono::seconds(10)});
  // Traffic counts as sparse again if something holds up the loop in its turn.
  EXPECT_TRUE(comes_true([&] {
    wake_one(0, true);
    EXPECT_TRUE(all_arrive());
    wake_one(dense, true);
    return comes_true([&] { return notes.pauses > 0 || seen == sent; }) && notes.pauses > 0;
  }));
  // A message of another thread ends the pause.
  EXPECT_TRUE(comes_true([&] {
    on_loop([](auto*) {});
    return seen == sent;
  }));
}

TEST_F(LoopTurn, HoldsReceiversBackWithoutAPauseWhereNothingPilesUp) {
  start_with({{}, std::chrono::seconds(10)});
  wake_one(0, false);
  EXPECT_TRUE(all_arrive());
  wake_one(dense, false);
  EXPECT_TRUE(all_arrive());
  EXPECT_EQ(notes.pauses, 0);
}

TEST_F(LoopTurn, EndsInSleepWithoutPauseAndSpinIfDenseTrafficLeavesNobodyToWake) {
  start_with({std::chrono::microseconds(50), std::chrono::seconds(10)});
  wake_one(0, true);
  EXPECT_TRUE(all_arrive());
  EXPECT_TRUE(comes_true([&] { return notes.sleeps > 0; }));
  for (int i = 0; i < 5; ++i) {
    const int sleeps = notes.sleeps;
    int polls = 0;
    on_loop([&](auto*) {
      polls = notes.polls;
      sut->count_traffic(dense, true);
      std::this_thread::sleep_for(milliseconds(2));
    });
    ASSERT_TRUE(comes_true([&] { return notes.sleeps > sleeps; }));
    EXPECT_EQ(notes.polls, polls);
  }
  EXPECT_EQ(notes.pauses, 0);
}

TEST_F(LoopThread, ThatHasEndedLeavesItsActorsToTheirHandles) {
  hosted::task nothing;
  caf::weak_actor_ptr watch;
  {
    auto sut = start(0);
    const auto left = spawn_own<hosted, caf::hidden>(system, sut.get(), sut->inbox(), &nothing);
    watch = caf::weak_actor_ptr(caf::actor_cast<caf::strong_actor_ptr>(left).get());
    // It sleeps once it has nothing to do any more.
    auto& mailbox = dynamic_cast<hosted&>(*caf::actor_cast<caf::abstract_actor*>(left)).mailbox();
    ASSERT_TRUE(comes_true([&] { return mailbox.blocked(); }));
    sut = nullptr;
    send_anonymously(left, 1);
  }
  EXPECT_TRUE(comes_true([&] { return watch.lock() == nullptr; }));
}

}  // namespace
}  // namespace dgram
