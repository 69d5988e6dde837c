// Actors of a program that live on a loop.

#include <caf/all.hpp>
#include <caf/io/broker.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/compat/scheduling.h"
#include "caf_dgram/actors/facade.h"
#include "caf_dgram/actors/loop/loop_thread.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/comes_true.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

runtime_options with_loops(std::size_t loops) {
  auto options = test_options();
  options.loops = loops;
  return options;
}

class LoopActor : public SocketTest {
 protected:
  /// Asks an actor that answers a number with a number.
  template <class Handle>
  int ask(const Handle& who, int question) {
    int result = -1;
    send_request(here.self, who, patience, question)
        .receive([&](int answer) { result = answer; },
                 [](const caf::error& why) { ADD_FAILURE() << describe(why); });
    return result;
  }

  /// Why an actor ends; waits for that.
  template <class Handle>
  static caf::error end_of(const Handle& who) {
    auto ended = std::make_shared<std::promise<caf::error>>();
    auto reason = ended->get_future();
    caf::actor_cast<caf::abstract_actor*>(who)->attach_functor(
        [ended](const caf::error& why) { ended->set_value(why); });
    if (reason.wait_for(patience) != std::future_status::ready) {
      ADD_FAILURE() << "it does not end";
      return {};
    }
    return reason.get();
  }
};

int tell_thread(int) { return is_loop_thread() ? 1 : 0; }

caf::behavior simple(caf::event_based_actor*) { return {tell_thread}; }

struct counter {
  int count = 0;
  static inline const char* name = "counter";
};

caf::behavior counting(caf::stateful_actor<counter>* self, int from) {
  state_of(self).count = from;
  return {[self](int more) { return state_of(self).count += more; }};
}

using typed = caf::typed_actor<answers<int, int>>;

typed::behavior_type typed_one(typed::pointer) {
  return {[](int n) { return tell_thread(n); }};
}

class of_a_final_class final : public caf::event_based_actor {
  using caf::event_based_actor::event_based_actor;
};

class of_a_class : public caf::event_based_actor {
 public:
  of_a_class(caf::actor_config& config, int factor)
      : caf::event_based_actor(config), factor_(factor) {}

  caf::behavior make_behavior() override {
    return {[this](int n) { return factor_ * n * tell_thread(0); }};
  }

 private:
  int factor_;
};

static_assert(can_live_on_loop<caf::event_based_actor>);
static_assert(can_live_on_loop<caf::stateful_actor<counter>, caf::hidden>);
static_assert(!can_live_on_loop<of_a_final_class>);
static_assert(!can_live_on_loop<caf::io::broker>);
static_assert(!can_live_on_loop<caf::blocking_actor>);
static_assert(!can_live_on_loop<caf::event_based_actor, caf::detached>);

TEST_F(LoopActor, OfEveryKindRunsOnTheLoopsThread) {
  EXPECT_EQ(ask(*here.net.spawn(simple), 0), 1);
  EXPECT_EQ(ask(*here.net.spawn(typed_one), 0), 1);
  EXPECT_EQ(ask(*here.net.spawn<of_a_class>(5), 3), 15);
  EXPECT_EQ(ask(*here.net.spawn<caf::lazy_init>(simple), 0), 1);
  EXPECT_EQ(ask(*here.net.spawn<caf::hidden>(simple), 0), 1);
  const auto stateful = *here.net.spawn(counting, 10);
  EXPECT_EQ(ask(stateful, 1), 11);
  EXPECT_EQ(ask(stateful, 2), 13);
}

/// Opens a socket, and answers every number with 1 if it got one.
caf::behavior opening(caf::event_based_actor* self, const runtime& net) {
  const auto sock = net.open(family::udp4, self, {"127.0.0.1", 0});
  return {[is_open = static_cast<bool>(sock)](int) { return is_open ? 1 : 0; },
          [](const listening_event&) {}};
}

TEST_F(LoopActor, ItsSocketsOpenOnItsLoop) {
  const node wide(system, with_loops(3));
  std::vector<caf::actor> actors;
  for (std::size_t i = 0; i < 6; ++i) {
    actors.push_back(*wide.net.spawn(opening, wide.net));
    EXPECT_EQ(ask(actors.back(), 0), 1);
  }
  for (const auto& each : wide.net.get_statistics().loops) {
    EXPECT_EQ(each.actors, 2U);
    EXPECT_EQ(each.sockets, 2U);
  }
}

/// Where the sockets or actors are that came since `before`: a loop's index, or none.
std::optional<std::size_t> place_of_new(const runtime_statistics& before,
                                        const runtime_statistics& after) {
  for (std::size_t i = 0; i < after.loops.size(); ++i) {
    if (after.loops[i].sockets + after.loops[i].actors >
        before.loops[i].sockets + before.loops[i].actors) {
      return i;
    }
  }
  return std::nullopt;
}

TEST_F(LoopActor, IsPlacedBesideASocketOrAnActor) {
  const node wide(system, with_loops(3));
  std::vector<std::pair<any_actor, std::optional<std::size_t>>> neighbours;
  for (int i = 0; i < 3; ++i) {
    const auto before = wide.net.get_statistics();
    const auto sock = *wide.net.open(family::udp4);
    const auto between = wide.net.get_statistics();
    neighbours.emplace_back(sock, place_of_new(before, between));
    const auto actor = *wide.net.spawn(simple);
    neighbours.emplace_back(actor, place_of_new(between, wide.net.get_statistics()));
  }
  std::vector<caf::actor> actors;
  for (const auto& [neighbour, place] : neighbours) {
    ASSERT_TRUE(place);
    const auto before = wide.net.get_statistics();
    actors.push_back(*wide.net.spawn_at(placement::beside(neighbour), simple));
    const auto between = wide.net.get_statistics();
    EXPECT_EQ(place_of_new(before, between), place);
    open_options with;
    with.where = placement::beside(neighbour);
    ASSERT_TRUE(wide.net.open(family::udp4, with));
    EXPECT_EQ(place_of_new(between, wide.net.get_statistics()), place);
  }
}

TEST_F(LoopActor, GoesToTheLoopWithTheFewestSocketsAndActors) {
  const node wide(system, with_loops(4));
  std::vector<caf::actor> actors;
  for (int i = 0; i < 4; ++i) {
    actors.push_back(*wide.net.spawn(simple));
    ASSERT_TRUE(wide.net.open(family::udp4));
  }
  for (const auto& each : wide.net.get_statistics().loops) {
    EXPECT_EQ(each.actors + each.sockets, 2U);
  }
}

TEST_F(LoopActor, SpreadsItsSocketsIfToldTo) {
  const node wide(system, with_loops(2));
  const auto actor = *wide.net.spawn(simple);
  open_options with;
  with.listener = actor;
  with.where = placement::spread();
  const auto before = wide.net.get_statistics();
  ASSERT_TRUE(wide.net.open(family::udp4, with));
  const auto there = place_of_new(before, wide.net.get_statistics());
  ASSERT_TRUE(there);
  EXPECT_EQ(before.loops[*there].actors, 0U);
}

TEST_F(LoopActor, CannotBePlacedBesideWhatLivesOnNoLoopOfItsNetwork) {
  const node other(system, with_loops(1));
  const auto group = *here.net.open_group(family::udp4);
  const auto face = *spawn_facade<get_local_address>(here.open(family::udp4));
  const any_actor elsewhere[] = {nullptr,
                                 here.self,
                                 system.spawn(simple),
                                 group,
                                 face,
                                 *other.net.open(family::udp4),
                                 *other.net.spawn(simple)};
  for (const auto& neighbour : elsewhere) {
    const auto spawned = here.net.spawn_at(placement::beside(neighbour), simple);
    ASSERT_FALSE(spawned);
    EXPECT_THAT(spawned.error(), FailsWith(errc::unsupported));
    open_options with;
    with.where = placement::beside(neighbour);
    const auto opened = here.net.open(family::udp4, with);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error(), FailsWith(errc::unsupported));
  }
  EXPECT_EQ(describe(here.net.spawn_at(placement::beside(nullptr), simple).error()),
            "spawn beside no actor: it does not live on a loop of this network");
}

TEST_F(LoopActor, IsRefusedAfterTheShutdown) {
  here.net.shutdown();
  const auto spawned = here.net.spawn(simple);
  ASSERT_FALSE(spawned);
  EXPECT_THAT(spawned.error(), FailsWith(errc::closed));
}

TEST_F(LoopActor, IsAskedToEndByTheShutdownOnly) {
  const auto actor = *here.net.spawn(simple);
  EXPECT_EQ(ask(actor, 0), 1);
  std::thread ender([&] { here.net.shutdown(); });
  EXPECT_EQ(end_of(actor), caf::make_error(caf::exit_reason::user_shutdown));
  ender.join();
}

TEST_F(LoopActor, SpawnedWhileTheNetworkShutsDownIsRefusedOrEnds) {
  for (int round = 0; round < 50; ++round) {
    std::optional<runtime> net(std::in_place, system, with_loops(1));
    std::atomic<bool> is_ready{false};
    std::thread spawner([&, copy = *net] {
      is_ready = true;
      while (copy.spawn(simple)) {
      }
    });
    while (!is_ready) std::this_thread::yield();
    net->shutdown();
    spawner.join();
    net.reset();
  }
}

TEST_F(LoopActor, TheNetworksEndWaitsForItByName) {
  auto options = with_loops(1);
  options.report_waiting_after = milliseconds(1);
  std::optional<runtime> net(std::in_place, system, options);
  auto actor = *net->spawn(counting, 0);
  const auto name = "actor counter#" + std::to_string(actor.id());
  const captured_stderr captured;
  std::thread ender([&] { net.reset(); });
  EXPECT_THAT(captured.line(), HasSubstr("waits for " + name));
  EXPECT_EQ(ask(actor, 1), 1);
  caf::anon_send_exit(actor, caf::exit_reason::kill);
  ender.join();
}

TEST_F(LoopActor, AHiddenOneIsNotWaitedForButAskedToEnd) {
  std::optional<runtime> net(std::in_place, system, with_loops(1));
  const auto actor = *net->spawn<caf::hidden>(simple);
  EXPECT_EQ(ask(actor, 0), 1);
  net.reset();
  EXPECT_EQ(end_of(actor), caf::make_error(caf::exit_reason::user_shutdown));
}

TEST_F(LoopActor, WithoutAHandleLeavesItsLoop) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(here.net.spawn(simple));
  EXPECT_TRUE(comes_true([&] { return here.net.get_statistics().loops[0].actors == 0; }));
}

/// Holds a copy of the network in its state.
struct holder {
  std::optional<runtime> net;
};

caf::behavior holding(caf::stateful_actor<holder>* self, const runtime& net) {
  state_of(self).net = net;
  return {[](int n) { return n; }};
}

TEST_F(LoopActor, ThatAloneHoldsTheNetworkEndsItWithItsLastHandle) {
  std::optional<runtime> net(std::in_place, system, with_loops(1));
  auto actor = *net->spawn(holding, *net);
  EXPECT_EQ(ask(actor, 1), 1);
  net.reset();
  EXPECT_EQ(ask(actor, 2), 2);
  actor = nullptr;
}

/// Sends itself a message while it is constructed.
class early_sender : public caf::event_based_actor {
 public:
  explicit early_sender(caf::actor_config& config) : caf::event_based_actor(config) {
    std::thread([this] { send_anonymously(caf::actor(this), 1); }).join();
  }

  caf::behavior make_behavior() override {
    return {[this](int n) { sum_ += n; }, [this](const std::string&) { return sum_; }};
  }

 private:
  int sum_ = 0;
};

TEST_F(LoopActor, GetsMessagesThatAreSentWhileItIsConstructed) {
  const auto actor = *here.net.spawn<early_sender>();
  send_request(here.self, actor, patience, std::string())
      .receive([](int sum) { EXPECT_EQ(sum, 1); },
               [](const caf::error& why) { ADD_FAILURE() << describe(why); });
}

TEST_F(LoopActor, EndsLikeAnyOther) {
  const auto killed = *here.net.spawn(simple);
  caf::anon_send_exit(killed, caf::exit_reason::kill);
  EXPECT_EQ(end_of(killed), caf::make_error(caf::exit_reason::kill));

  const auto quitting = *here.net.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](int) { self->quit(caf::sec::end_of_stream); }};
  });
  send_message(here.self, quitting, 1);
  EXPECT_EQ(end_of(quitting), caf::make_error(caf::sec::end_of_stream));

  const auto linked = *here.net.spawn([killed](caf::event_based_actor* self) -> caf::behavior {
    self->link_to(killed);
    return {[](int n) { return n; }};
  });
  EXPECT_TRUE(end_of(linked));
  EXPECT_TRUE(comes_true([&] { return here.net.get_statistics().loops[0].actors == 0; }));
}

TEST_F(LoopActor, ThatThrowsEndsAlone) {
  const auto neighbour = *here.net.spawn(simple);
  const auto [sock, at] = here.open_bound(family::udp4);
  const auto thrower = *here.net.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](int) -> int { throw std::runtime_error("on purpose"); }};
  });
  const auto thrower_at_start = here.net.spawn(
      [](caf::event_based_actor*) -> caf::behavior { throw std::runtime_error("on purpose"); });
  ASSERT_TRUE(thrower_at_start);
  send_message(here.self, thrower, 1);
  EXPECT_TRUE(end_of(thrower));
  EXPECT_TRUE(end_of(*thrower_at_start));
  EXPECT_EQ(ask(neighbour, 0), 1);
  EXPECT_EQ(*here.ask<endpoint>(sock, get_local_address{}), at);
}

TEST_F(LoopActor, TalksToActorsElsewhere) {
  const auto away = system.spawn(counting, 100);
  const auto asker = *here.net.spawn([away](caf::event_based_actor* self) -> caf::behavior {
    return {[self, away](int n) {
      auto promise = self->make_response_promise<int>();
      send_request(self, away, caf::infinite, n).then([promise](int result) mutable {
        promise.deliver(is_loop_thread() ? result : -result);
      });
      return promise;
    }};
  });
  EXPECT_EQ(ask(asker, 1), 101);
  EXPECT_EQ(ask(asker, 2), 103);
}

TEST_F(LoopActor, GetsDelayedMessages) {
  const auto waiting = *here.net.spawn([](caf::event_based_actor* self) -> caf::behavior {
    auto owed = std::make_shared<caf::typed_response_promise<int>>();
    return {[self, owed](int n) {
              *owed = self->make_response_promise<int>();
              send_delayed(self, caf::actor(self), milliseconds(1), std::to_string(n));
              return *owed;
            },
            [owed](const std::string& text) { owed->deliver(std::stoi(text)); }};
  });
  EXPECT_EQ(ask(waiting, 7), 7);
}

TEST_F(LoopActor, DoesNotKeepASocketWaitingWithItsMessages) {
  std::atomic<bool> is_over{false};
  const auto busy = *here.net.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    send_message(self, caf::actor(self), 1);
    return {[self, &is_over](int n) {
      if (is_over) return self->quit();
      send_message(self, caf::actor(self), n);
    }};
  });
  const auto [sock, at] = here.open_bound(family::udp4);
  EXPECT_EQ(*here.ask<endpoint>(sock, get_local_address{}), at);
  is_over = true;
  EXPECT_FALSE(end_of(busy));
}

caf::behavior sleeping(caf::stateful_actor<counter>* self, milliseconds time) {
  return {[time](int n) {
            std::this_thread::sleep_for(time);
            return n;
          },
          [self](const std::string&) { self->quit(); }};
}

TEST_F(LoopActor, IsTimed) {
  const auto actor = *here.net.spawn(sleeping, milliseconds(5));
  ask(actor, 1);
  ask(actor, 1);
  const auto counted = [&] { return here.net.get_statistics().loops[0]; };
  // The answer leaves before its run ends.
  EXPECT_TRUE(comes_true([&] { return nanoseconds(counted().busy_ns) >= milliseconds(10); }));
  EXPECT_GE(nanoseconds(counted().longest_run_ns), milliseconds(5));
  EXPECT_LE(counted().longest_run_ns, counted().busy_ns);
}

TEST_F(LoopActor, ThatHoldsUpItsLoopIsReportedWhileItDoesAndAfterwards) {
  auto options = with_loops(1);
  options.report_busy_after = milliseconds(5);
  const node busy(system, options);
  std::promise<void> may_go_on;
  const auto actor = *busy.net.spawn([&](caf::stateful_actor<counter>*) -> caf::behavior {
    return {[&](int n) {
      may_go_on.get_future().wait();
      return n;
    }};
  });
  const auto name = "actor counter#" + std::to_string(actor.id());
  const captured_stderr captured;
  send_message(here.self, actor, 1);
  EXPECT_THAT(captured.line(),
              AllOf(HasSubstr(name + " has held up loop 0 for "), HasSubstr(" ms and still does")));
  may_go_on.set_value();
  EXPECT_THAT(captured.line(),
              AllOf(HasSubstr(name + " held up loop 0 for "), Not(HasSubstr("still does"))));
}

TEST_F(LoopActor, IsNeverReportedIfTheLimitIsZero) {
  auto options = with_loops(1);
  options.report_busy_after = milliseconds(0);
  const node busy(system, options);
  const captured_stderr captured;
  const auto actor = *busy.net.spawn(sleeping, milliseconds(20));
  EXPECT_EQ(ask(actor, 1), 1);
  send_message(here.self, actor, std::string("end"));
  EXPECT_FALSE(end_of(actor));
  std::fputs("nothing before\n", stderr);
  EXPECT_EQ(captured.line(), "nothing before\n");
}

}  // namespace
}  // namespace dgram::testing
