// A socket under more traffic than its subscribers take. Runs as many seconds as
// DGRAM_OVERLOAD_SECONDS says.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/dgram/posix/segmentation.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "caf_dgram/dgram/posix/transmit.h"
#include "tests/support/socket_test.h"
#include "tests/support/usage.h"

namespace dgram::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::chrono::seconds duration() {
  const char* seconds = std::getenv("DGRAM_OVERLOAD_SECONDS");
  return std::chrono::seconds(seconds == nullptr ? 2 : std::atoi(seconds));
}

long long microseconds(steady_clock::duration time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

/// Sends as fast as it can, datagrams or messages of 32 that the kernel cuts up,
/// and counts.
class flood {
 public:
  flood(const endpoint& to, bool offloaded) : thread_([=] { run(to, offloaded); }) {}

  /// Ends it; how many buffers the kernel took.
  std::uint64_t stop() {
    stop_ = true;
    thread_.join();
    return buffers_;
  }

 private:
  void run(const endpoint& to, bool offloaded) {
    auto sock = *dgram::socket::open(family::udp4);
    const segmentation offload(offloaded);
    const std::string bytes(offloaded ? 32 * 1000 : 1000, 'x');
    while (!stop_) {
      transmit_plan plan(family::udp4, offload);
      for (int i = 0; i < (offloaded ? 1 : 32); ++i) plan.add_run(bytes, 1000, &to);
      buffers_ += sock.send(plan.transmits()).taken;
    }
  }

  std::atomic<bool> stop_{false};
  std::uint64_t buffers_ = 0;
  std::thread thread_;
};

/// What a subscriber has seen. It handles 1,000 datagrams a second until it is
/// told to hurry.
struct seen {
  std::atomic<std::uint64_t> datagrams{0};
  std::atomic<std::uint64_t> reported_lost{0};
  std::atomic<bool> hurry{false};
};

/// Grants itself credits again as it handles datagrams, if it was given any.
caf::behavior subscriber(caf::event_based_actor* self, seen* counts, bool slow, bool grants) {
  return quiet_behavior<caf::behavior>(
      *self,
      [=](const message_event&) {
        if (slow && !counts->hurry) std::this_thread::sleep_for(milliseconds(1));
        ++counts->datagrams;
        if (grants) {
          tell(self, caf::actor_cast<socket_actor>(self->current_sender()), grant{self, 1});
        }
      },
      [=](const overrun_event& event) { counts->reported_lost += event.lost; });
}

struct scenario {
  const char* name;
  bool merged;           ///< By the kernel (UDP_GRO).
  excess beyond;         ///< Of the slow subscriber.
  bool with_fast;        ///< There is a fast one, too.
  bool on_loop = false;  ///< Where the fast one lives.
};

class Overload : public ::testing::TestWithParam<scenario> {
 protected:
  statistics counted() { return *here.ask<statistics>(sock, get_statistics{}); }

  system_config config;
  caf::actor_system system{config};
  node here{system};
  socket_actor sock;
};

INSTANTIATE_TEST_SUITE_P(
    Scenarios, Overload,
    ::testing::Values(scenario{"Pausing", false, excess::pause, false},
                      scenario{"PausingMerged", true, excess::pause, false},
                      scenario{"LosingTheNewest", false, excess::lose_newest, false},
                      scenario{"LosingTheOldest", false, excess::lose_oldest, false},
                      scenario{"LosingTheOldestMerged", true, excess::lose_oldest, false},
                      scenario{"FastBesideOneThatLosesTheNewest", false, excess::lose_newest, true},
                      scenario{"FastBesideOneThatLosesTheOldest", true, excess::lose_oldest, true},
                      scenario{"FastOnTheLoop", false, excess::lose_newest, true, true},
                      scenario{"FastOnTheLoopMerged", true, excess::lose_oldest, true, true}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(Overload, CostsBoundedMemoryAndEveryDatagramIsAccountedFor) {
  const auto& how = GetParam();
  const bool loses = how.beyond != excess::pause;
  open_options options;
  options.receive_offload = how.merged;
  sock = *here.net.open(family::udp4, options);
  const auto at = *here.ask<endpoint>(sock, bind{endpoint::loopback(family::udp4, 0)});
  seen slow;
  seen fast;
  const auto slow_one = system.spawn<caf::detached>(subscriber, &slow, true, loses);
  const auto fast_one = how.on_loop ? *here.net.spawn(subscriber, &fast, false, false)
                                    : system.spawn(subscriber, &fast, false, false);
  ASSERT_FALSE(
      here.tell(sock, subscribe{slow_one, delivery::single, loses ? 100 : subscribe::unlimited,
                                how.beyond, subscribe::default_backlog, event_kinds::all}));
  if (how.with_fast) {
    ASSERT_FALSE(
        here.tell(sock, subscribe{fast_one, delivery::single, subscribe::unlimited, excess::pause,
                                  subscribe::default_backlog, event_kinds::all}));
  }

  // Another socket, on a loop that has nothing else to do: it answers as fast as
  // this machine lets anybody answer now.
  node idle{system};
  const auto control = idle.open(family::udp4);
  const auto time_to_answer = [](node& on, const socket_actor& asked) {
    const auto begin = steady_clock::now();
    EXPECT_TRUE(on.ask<option_value>(asked, get_option{option::broadcast}));
    return steady_clock::now() - begin;
  };

  const auto before = resident_bytes();
  std::size_t largest = before;
  auto slowest = steady_clock::duration::zero();
  auto slowest_idle = steady_clock::duration::zero();
  // Longer where the machine does something else meanwhile.
  const auto is_overloaded = [&] {
    const auto now = counted();
    return loses ? now.lost > 0 : now.pauses > 0 && now.kernel_drops > 0;
  };
  const auto begin = steady_clock::now();
  const auto watched = [begin] { return steady_clock::now() - begin; };
  flood load(at, how.merged);
  while (watched() < duration() || (!is_overloaded() && watched() < duration() + patience)) {
    slowest = std::max(slowest, time_to_answer(here, sock));
    slowest_idle = std::max(slowest_idle, time_to_answer(idle, control));
    largest = std::max(largest, resident_bytes());
    std::this_thread::sleep_for(milliseconds(5));
  }
  const auto slow_in_time = slow.datagrams.load();
  const auto elapsed = std::chrono::duration_cast<milliseconds>(watched());
  const auto sent = load.stop();
  slow.hurry = true;

  // All that was sent has been read or dropped, and all that was read has reached
  // whom it should.
  auto now = counted();
  const auto outstanding = [&] {
    if (now.received_buffers + now.kernel_drops < sent) return true;
    const auto& mine = now.subscribers.at(0);
    return mine.waiting > 0 || slow.datagrams < mine.delivered ||
           (how.with_fast && fast.datagrams < now.received);
  };
  const auto until = steady_clock::now() + patience;
  while (outstanding() && steady_clock::now() < until) now = counted();

  EXPECT_EQ(now.received_buffers + now.kernel_drops, sent);
  if (!how.merged) {
    EXPECT_EQ(now.received, now.received_buffers);
  }
  EXPECT_EQ(slow.datagrams + now.subscribers.at(0).lost, now.received);
  EXPECT_EQ(now.lost, now.subscribers.at(0).lost);
  // The last of them at the latest when the subscriber goes.
  ASSERT_FALSE(here.tell(sock, unsubscribe{slow_one}));
  while (slow.reported_lost < now.lost && steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(slow.reported_lost, now.lost);
  if (how.with_fast) {
    EXPECT_EQ(fast.datagrams, now.received);
  }
  if (!loses) {
    EXPECT_EQ(now.lost, 0U);
    EXPECT_GT(now.pauses, 0U);
    EXPECT_GT(now.kernel_drops, 0U);
  } else {
    EXPECT_GT(now.lost, 0U);
    if (!how.with_fast) {
      EXPECT_EQ(now.pauses, 0U);
    }
  }
  EXPECT_LE(slow_in_time, static_cast<std::uint64_t>(elapsed.count()) + 1);

  // One limit for the socket, one more for a subscriber that loses. Times are measured
  // only: they are this machine's.
  if (!keeps_freed_memory) {
    const auto limits = runtime_options().receive_memory * (loses ? 2 : 1);
    EXPECT_LE(largest, before + limits + (std::size_t{16} << 20));
  }
  std::printf(
      "[ measured ] sent %llu buffers, read %llu datagrams, kernel dropped %llu, lost %llu, "
      "slowest answer %lld us (of an idle socket %lld us), memory grew by %lld KiB\n",
      static_cast<unsigned long long>(sent), static_cast<unsigned long long>(now.received),
      static_cast<unsigned long long>(now.kernel_drops), static_cast<unsigned long long>(now.lost),
      microseconds(slowest), microseconds(slowest_idle),
      (static_cast<long long>(largest) - static_cast<long long>(before)) / 1024);
  here.self->send_exit(slow_one, caf::exit_reason::kill);
  here.self->send_exit(fast_one, caf::exit_reason::kill);
  here.self->wait_for(slow_one, fast_one);
}

}  // namespace
}  // namespace dgram::testing
