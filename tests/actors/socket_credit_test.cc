#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A bound socket and somebody who sends to it "0", "1", …
class Credits : public SocketTest {
 protected:
  Credits() { std::tie(sock, at) = here.open_bound(family::udp4); }

  /// Sends so many, and waits until the socket has read them, unless it pauses.
  void send(int count) {
    for (int i = 0; i < count; ++i) ASSERT_EQ(client.send({std::to_string(next++)}, &at).error, 0);
  }
  void send_and_await(int count) {
    for (int i = 0; i < count; ++i) {
      send(1);
      ASSERT_TRUE(here.await_counts(sock, [this](const statistics& s) {
        return s.received + s.undelivered >= static_cast<std::uint64_t>(next);
      }));
    }
  }

  statistics counted() { return *here.ask<statistics>(sock, get_statistics{}); }

  caf::error subscribe_with(std::int64_t credits, excess beyond = excess::pause,
                            std::int64_t backlog = 1024) {
    return here.tell(sock, subscribe{here.probe(), delivery::single, credits, beyond, backlog,
                                     event_kinds::all});
  }

  std::vector<std::string> next_lines(int count) {
    std::vector<std::string> lines;
    for (int i = 0; i < count; ++i) lines.push_back(here.next_line());
    return lines;
  }

  /// What else has come by the time that the socket has answered.
  std::vector<std::string> rest() {
    counted();
    return here.lines_so_far();
  }

  socket_actor sock;
  endpoint at;
  dgram::socket client = *dgram::socket::open(family::udp4);
  int next = 0;
};

TEST_F(Credits, GiveExactlySoManyDatagramsThenPassive) {
  ASSERT_FALSE(subscribe_with(3));
  send(5);
  EXPECT_THAT(next_lines(4), ElementsAre("message 0", "message 1", "message 2", "passive"));
  EXPECT_THAT(rest(), IsEmpty());
  ASSERT_FALSE(here.tell(sock, grant{here.probe(), 1}));
  EXPECT_THAT(next_lines(2), ElementsAre("message 3", "passive"));
  EXPECT_THAT(rest(), IsEmpty());
  ASSERT_FALSE(here.tell(sock, grant{here.probe(), 2}));
  EXPECT_EQ(here.next_line(), "message 4");
  EXPECT_THAT(rest(), IsEmpty());
}

TEST_F(Credits, OfNoneAreGrantedLater) {
  ASSERT_FALSE(subscribe_with(0));
  EXPECT_EQ(here.next_line(), "passive");
  send(1);
  EXPECT_THAT(rest(), IsEmpty());
  tell(here.self, sock, grant{here.probe(), 5});
  EXPECT_EQ(here.next_line(), "message 0");
}

TEST_F(Credits, OfNoneFromTheStartLetTheLoopSleepWhileDatagramsWait) {
  open_options with;
  with.listener = here.probe();
  with.local = {"127.0.0.1", 0};
  with.credits = 0;
  const auto waiting = *here.net.open(family::udp4, with);
  const auto to = *here.ask<endpoint>(waiting, get_local_address{});
  ASSERT_EQ(client.send({payload("x")}, &to).error, 0);
  const auto turns = [this] { return here.net.get_statistics().loops[0].turns; };
  const auto before = turns();
  // A loop that is woken by what it does not read turns a thousand times as often.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LT(turns() - before, 100U);
  ASSERT_FALSE(here.tell(waiting, grant{here.probe(), 1}));
  EXPECT_EQ(here.await<message_event>().data.view(), "x");
}

TEST_F(Credits, CountDatagramsOfBatchesToo) {
  ASSERT_FALSE(here.tell(sock, subscribe{here.probe(), delivery::batched, 10, excess::pause,
                                         subscribe::default_backlog, event_kinds::all}));
  send(35);
  std::vector<int> granted_after;
  int got = 0;
  for (const int limit : {10, 20, 30}) {
    while (got < limit && !HasFailure()) {
      for (const datagram& each : here.await<batch_event>().datagrams) {
        EXPECT_EQ(each.bytes, std::to_string(got++));
      }
    }
    EXPECT_EQ(got, limit);
    here.await<passive_event>();
    EXPECT_FALSE(here.has_event());
    tell(here.self, sock, grant{here.probe(), 10});
  }
  while (got < 35 && !HasFailure())
    got += static_cast<int>(here.await<batch_event>().datagrams.size());
  EXPECT_EQ(got, 35);
}

TEST_F(Credits, PauseTheSocketAndWhatTheKernelDropsIsCounted) {
  ASSERT_FALSE(here.tell(sock, set_option{option::receive_buffer_size, 1}));
  ASSERT_FALSE(subscribe_with(1));
  send(500);
  EXPECT_THAT(next_lines(2), ElementsAre("message 0", "passive"));
  // It stops when it finds more to read; the kernel may have dropped all the rest.
  ASSERT_TRUE(here.await_counts(sock, [this](const statistics& s) {
    if (s.pauses == 0) send(1);
    return s.pauses > 0;
  }));
  const auto paused = counted();
  EXPECT_GT(paused.kernel_drops, 0U);
  EXPECT_EQ(paused.pauses, 1U);
  EXPECT_EQ(paused.lost, 0U);
  ASSERT_FALSE(subscribe_with(subscribe::unlimited));
  const auto sent = static_cast<std::uint64_t>(next);
  EXPECT_TRUE(here.await_counts(
      sock, [&](const statistics& s) { return s.received + s.kernel_drops >= sent; }));
  const auto after = counted();
  EXPECT_EQ(after.received + after.kernel_drops, sent);
  ASSERT_EQ(after.subscribers.size(), 1U);
  EXPECT_EQ(after.subscribers[0].delivered, after.received);
}

TEST_F(Credits, LoseTheNewestAndTellIt) {
  ASSERT_FALSE(subscribe_with(1, excess::lose_newest, 2));
  send_and_await(6);
  EXPECT_THAT(rest(), ElementsAre("message 0", "passive", "overrun 1 of 1"));
  ASSERT_FALSE(here.tell(sock, grant{here.probe(), 9}));
  EXPECT_THAT(next_lines(3), ElementsAre("overrun 2 of 3", "message 1", "message 2"));
  send(1);
  EXPECT_EQ(here.next_line(), "message 6");
  EXPECT_EQ(counted().lost, 3U);
}

TEST_F(Credits, ThatAreGrantedTellEarlierLossesFirst) {
  ASSERT_FALSE(subscribe_with(1, excess::lose_newest, 0));
  send_and_await(4);
  auto lines = rest();
  ASSERT_FALSE(here.tell(sock, grant{here.probe(), 1}));
  for (const auto& line : rest()) lines.push_back(line);
  EXPECT_THAT(lines.back(), HasSubstr("of 3"));
}

TEST_F(Credits, ThatRunOutTellLossesEverMoreRarely) {
  ASSERT_FALSE(subscribe_with(0, excess::lose_newest, 0));
  EXPECT_EQ(here.next_line(), "passive");
  // Losses are looked for every 100 ms, and reported after 1, 2, 4 … of these times.
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() < begin + std::chrono::milliseconds(1600)) send(1);
  std::size_t reports = 0;
  for (const auto& line : rest()) reports += line.compare(0, 7, "overrun") == 0 ? 1 : 0;
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(reports, 1U);
  EXPECT_LE(static_cast<double>(reports), 2 + std::log2(1 + passed.count() / 0.1));
}

TEST_F(Credits, LoseTheOldestAndTellIt) {
  ASSERT_FALSE(subscribe_with(1, excess::lose_oldest, 2));
  send_and_await(6);
  EXPECT_THAT(rest(), ElementsAre("message 0", "passive", "overrun 1 of 1"));
  ASSERT_FALSE(here.tell(sock, grant{here.probe(), 9}));
  EXPECT_THAT(next_lines(3), ElementsAre("overrun 2 of 3", "message 4", "message 5"));
  const auto mine = counted().subscribers.at(0);
  EXPECT_EQ(mine.subscriber, here.probe());
  EXPECT_EQ(mine.delivered, 3U);
  EXPECT_EQ(mine.lost, 3U);
  EXPECT_EQ(mine.waiting, 0U);
  EXPECT_EQ(mine.credits, 7);
}

TEST_F(Credits, OfOneThatLosesDoNotSlowTheOthers) {
  caf::scoped_actor slow{system};
  ASSERT_FALSE(here.tell(
      sock, subscribe{slow, delivery::single, 1, excess::lose_oldest, 3, event_kinds::all}));
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  send_and_await(200);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(here.next_line(), "message " + std::to_string(i));
  const auto all = counted();
  EXPECT_EQ(all.subscribers.at(0).lost, 196U);
  EXPECT_EQ(all.subscribers.at(0).waiting, 3U);
  EXPECT_EQ(all.subscribers.at(1).delivered, 200U);
  EXPECT_EQ(all.pauses, 0U);
}

TEST_F(Credits, OfOneThatPausesSlowTheOthers) {
  caf::scoped_actor slow{system};
  ASSERT_FALSE(here.tell(sock, subscribe{slow, delivery::single, 1, excess::pause,
                                         subscribe::default_backlog, event_kinds::all}));
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  send(1);
  EXPECT_EQ(here.next_line(), "message 0");
  send(3);
  EXPECT_THAT(rest(), IsEmpty());
  ASSERT_FALSE(here.tell(sock, grant{slow, 100}));
  EXPECT_THAT(next_lines(3), ElementsAre("message 1", "message 2", "message 3"));
}

TEST_F(Credits, OfOneThatGoesDoNotHoldTheOthersUp) {
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  for (const bool dies : {true, false}) {
    const auto slow = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
      return quiet_behavior<caf::behavior>(*self, [](int) {});
    });
    ASSERT_FALSE(here.tell(sock, subscribe{slow, delivery::single, 0, excess::pause,
                                           subscribe::default_backlog, event_kinds::all}));
    send(1);
    EXPECT_THAT(rest(), IsEmpty());
    if (dies) {
      here.self->send_exit(slow, caf::exit_reason::kill);
    } else {
      ASSERT_FALSE(here.tell(sock, unsubscribe{slow}));
    }
    EXPECT_EQ(here.next_line(), "message " + std::to_string(next - 1));
    if (!dies) here.self->send_exit(slow, caf::exit_reason::kill);
  }
}

TEST_F(Credits, GivenUpReleaseWhatWaits) {
  ASSERT_FALSE(subscribe_with(1, excess::lose_newest));
  send_and_await(3);
  EXPECT_THAT(rest(), ElementsAre("message 0", "passive"));
  ASSERT_FALSE(subscribe_with(subscribe::unlimited));
  EXPECT_THAT(next_lines(2), ElementsAre("message 1", "message 2"));
  send(1);
  EXPECT_EQ(here.next_line(), "message 3");
  EXPECT_EQ(counted().subscribers.at(0).delivered, 4U);
}

TEST_F(Credits, WhatWaitedIsToldAsLostWhenTheSubscriberGoes) {
  ASSERT_FALSE(subscribe_with(1, excess::lose_newest));
  send_and_await(3);
  ASSERT_FALSE(here.tell(sock, unsubscribe{here.probe()}));
  EXPECT_THAT(rest(), ElementsAre("message 0", "passive", "overrun 2 of 2"));
  EXPECT_EQ(counted().lost, 2U);
}

TEST_F(Credits, WhatWaitedIsToldAsLostWhenTheSocketCloses) {
  ASSERT_FALSE(subscribe_with(1, excess::lose_newest));
  send_and_await(3);
  ASSERT_FALSE(here.tell(sock, close{}));
  EXPECT_THAT(next_lines(4), ElementsAre("message 0", "passive", "overrun 2 of 2", "close"));
}

TEST_F(Credits, ThatCannotBeAreRefusedAndNamed) {
  const auto why = subscribe_with(-2);
  EXPECT_THAT(why, FailsWith(errc::out_of_range));
  EXPECT_EQ(describe(why), "subscribe with -2 credits: at least 0");
  EXPECT_THAT(subscribe_with(std::numeric_limits<std::int64_t>::min()),
              FailsWith(errc::out_of_range));
  EXPECT_THAT(subscribe_with(1, excess::lose_newest, -1), FailsWith(errc::out_of_range));
  EXPECT_THAT(subscribe_with(1, static_cast<excess>(7)), FailsWith(errc::out_of_range));
  EXPECT_THAT(
      here.tell(sock, subscribe{here.probe(), static_cast<delivery>(7), subscribe::unlimited,
                                excess::pause, subscribe::default_backlog, event_kinds::all}),
      FailsWith(errc::out_of_range));
  ASSERT_FALSE(subscribe_with(5));
  EXPECT_THAT(here.tell(sock, grant{here.probe(), 0}), FailsWith(errc::out_of_range));
  EXPECT_THAT(here.tell(sock, grant{here.probe(), -1}), FailsWith(errc::out_of_range));
  EXPECT_THAT(here.tell(sock, grant{nullptr, 1}), FailsWith(errc::invalid_subscriber));
  EXPECT_EQ(counted().subscribers.at(0).credits, 5);
}

TEST_F(Credits, CannotBeHadFromAGroup) {
  const auto group = *here.net.open_group(family::udp4, testing::at({"127.0.0.1", 0}));
  EXPECT_THAT(here.tell(group, subscribe{here.probe(), delivery::single, 5, excess::pause,
                                         subscribe::default_backlog, event_kinds::all}),
              FailsWith(errc::unsupported));
  EXPECT_THAT(here.tell(group, subscribe{here.probe(), delivery::single, subscribe::unlimited,
                                         excess::lose_oldest, subscribe::default_backlog,
                                         event_kinds::all}),
              FailsWith(errc::unsupported));
  EXPECT_THAT(here.tell(group, grant{here.probe(), 1}), FailsWith(errc::unsupported));
  EXPECT_FALSE(
      here.tell(group, subscribe{here.probe(), delivery::single, subscribe::unlimited,
                                 excess::pause, subscribe::default_backlog, event_kinds::all}));
  tell(here.self, group, grant{here.probe(), 1});
  EXPECT_THAT(here.next_line(), ::testing::HasSubstr("error grant to a group"));
}

TEST_F(Credits, ThatAreRenewedKeepTheCountOfWhatWasDelivered) {
  ASSERT_FALSE(subscribe_with(subscribe::unlimited));
  send_and_await(3);
  ASSERT_FALSE(subscribe_with(2));
  send_and_await(1);
  EXPECT_EQ(counted().subscribers.at(0).delivered, 4U);
  ASSERT_FALSE(subscribe_with(subscribe::unlimited));
  send_and_await(1);
  EXPECT_EQ(counted().subscribers.at(0).delivered, 5U);
}

TEST_F(Credits, OfASmallerBacklogLoseWhatDoesNotFitAnyMore) {
  ASSERT_FALSE(subscribe_with(0, excess::lose_oldest, 10));
  send_and_await(5);
  ASSERT_EQ(counted().subscribers.at(0).waiting, 5U);
  ASSERT_FALSE(subscribe_with(0, excess::lose_oldest, 2));
  EXPECT_EQ(counted().subscribers.at(0).waiting, 2U);
  EXPECT_EQ(counted().subscribers.at(0).lost, 3U);
  ASSERT_FALSE(here.tell(sock, grant{here.probe(), 9}));
  EXPECT_THAT(rest(),
              ElementsAre("passive", "passive", "overrun 3 of 3", "message 3", "message 4"));
}

TEST_F(Credits, OfOneThatDiesLoseWhatWaitedForIt) {
  const auto slow = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return quiet_behavior<caf::behavior>(*self, [](int) {});
  });
  ASSERT_FALSE(here.tell(sock, subscribe{slow, delivery::single, 1, excess::lose_newest,
                                         subscribe::default_backlog, event_kinds::all}));
  send_and_await(4);
  here.self->send_exit(slow, caf::exit_reason::kill);
  here.self->wait_for(slow);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!counted().subscribers.empty() && std::chrono::steady_clock::now() < until) {
  }
  EXPECT_EQ(counted().lost, 3U);
}

TEST_F(Credits, ALossIsToldBeforeWhatComesAfterIt) {
  ASSERT_FALSE(subscribe_with(2, excess::lose_newest, 0));
  send_and_await(3);
  EXPECT_THAT(rest(), ElementsAre("message 0", "message 1", "passive", "overrun 1 of 1"));
  send_and_await(2);
  ASSERT_FALSE(here.tell(sock, grant{here.probe(), 2}));
  send_and_await(1);
  const auto lines = rest();
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back(), "message 5");
  // In one event or, after a while, in several: all before the datagram.
  EXPECT_EQ(lines[lines.size() - 2].substr(lines[lines.size() - 2].rfind(' ')), " 3");
}

TEST_F(Credits, ThatRunOutTellLaterLossesToo) {
  ASSERT_FALSE(subscribe_with(0, excess::lose_newest, 0));
  EXPECT_EQ(here.next_line(), "passive");
  send_and_await(2);
  EXPECT_THAT(next_lines(2), ElementsAre("overrun 1 of 1", "overrun 1 of 2"));
}

TEST_F(Credits, HoldTheSocketUpWhateverItsOtherSubscribersWant) {
  caf::scoped_actor other{system};
  auto deaf = subscribe{other};
  deaf.events = event_kinds::errors;
  for (const auto& terms : {deaf, subscribe{other, delivery::batched}}) {
    std::tie(sock, at) = here.open_bound(family::udp4);
    ASSERT_FALSE(here.tell(sock, terms));
    ASSERT_FALSE(subscribe_with(1));
    const auto first = "message " + std::to_string(next);
    send(1);
    EXPECT_THAT(next_lines(2), ElementsAre(first, "passive"));
    // It stops when it finds more to read.
    EXPECT_TRUE(here.await_counts(sock, [this](const statistics& s) {
      if (s.pauses == 0) send(1);
      return s.pauses > 0;
    }));
  }
}

TEST_F(Credits, ThatAreUnlimitedCountEachDatagramOnceHoweverOftenTheyAreRenewed) {
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ASSERT_FALSE(subscribe_with(subscribe::unlimited));
    send_and_await(1);
    EXPECT_EQ(counted().subscribers.at(0).delivered, i);
  }
}

TEST_F(Credits, GivenUpTellEarlierLossesAtOnce) {
  ASSERT_FALSE(subscribe_with(0, excess::lose_newest, 0));
  send_and_await(3);
  ASSERT_FALSE(subscribe_with(subscribe::unlimited));
  const auto lines = rest();
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines.back(), HasSubstr(" of 3"));
}

TEST_F(Credits, OfOneThatWantsNoDatagramsAnyMoreLoseWhatWaits) {
  ASSERT_FALSE(subscribe_with(0, excess::lose_newest));
  send_and_await(2);
  auto without = subscribe{here.probe()};
  without.events = event_kinds::losses;
  ASSERT_FALSE(here.tell(sock, without));
  EXPECT_THAT(rest(), ElementsAre("passive", "overrun 2 of 2"));
  EXPECT_EQ(counted().lost, 2U);
}

}  // namespace
}  // namespace dgram::testing
