#include <string>
#include <vector>

#include "caf_dgram/actors/compat/own_actor.h"
#include "tests/support/comes_true.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using Subscribe = SocketTest;

/// Passes messages on as text, so that a test sees what reached whom.
caf::behavior reporter(caf::event_based_actor* self, const caf::actor& to,
                       const std::string& name) {
  return quiet_behavior<caf::behavior>(*self, [self, to, name](const message_event& event) {
    send_message(self, to, name + " " + std::string(event.data.view()));
  });
}

std::string await_text(node& n) {
  std::string text;
  n.self->receive([&](const std::string& got) { text = got; },
                  caf::after(patience) >> [] { ADD_FAILURE() << "no text came"; });
  return text;
}

TEST_F(Subscribe, ReachesEverySubscriberAndEndsWithUnsubscribe) {
  const auto [sock, at] = here.open_bound(family::udp4);
  const auto a = system.spawn(reporter, caf::actor(here.self), "a");
  const auto b = system.spawn(reporter, caf::actor(here.self), "b");
  ASSERT_FALSE(here.tell(sock, subscribe{a, delivery::single, subscribe::unlimited, excess::pause,
                                         subscribe::default_backlog, event_kinds::all}));
  ASSERT_FALSE(here.tell(sock, subscribe{b, delivery::single, subscribe::unlimited, excess::pause,
                                         subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"1", at}));
  EXPECT_THAT((std::vector<std::string>{await_text(here), await_text(here)}),
              ::testing::UnorderedElementsAre("a 1", "b 1"));
  ASSERT_FALSE(here.tell(sock, unsubscribe{a}));
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"2", at}));
  EXPECT_EQ(await_text(here), "b 2");
  EXPECT_FALSE(here.has_event());
}

TEST_F(Subscribe, TwiceDeliversOnce) {
  const auto [sock, at] = here.open_bound(family::udp4);
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"1", at}));
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"2", at}));
  EXPECT_EQ(here.next_line(), "message 1");
  EXPECT_EQ(here.next_line(), "message 2");
}

TEST_F(Subscribe, UnsubscribeOfAStrangerIsNoError) {
  const auto sock = here.open(family::udp4);
  EXPECT_FALSE(here.tell(sock, unsubscribe{here.probe()}));
  EXPECT_FALSE(here.tell(sock, unsubscribe{nullptr}));
}

TEST_F(Subscribe, WithoutAnActorIsRefused) {
  EXPECT_THAT(here.tell(here.open(family::udp4), subscribe{nullptr}),
              FailsWith(errc::invalid_subscriber));
}

TEST_F(Subscribe, EventsNameTheirSocketAsSender) {
  const auto bound = here.open_bound(family::udp4, here.probe());
  here.self->receive([&](const listening_event&) {
    EXPECT_EQ(caf::actor_cast<socket_actor>(here.self->current_sender()), bound.first);
  });
}

TEST_F(Subscribe, ASubscriberThatDiesIsRemovedAndTheOthersGoOn) {
  const auto [sock, at] = here.open_bound(family::udp4);
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  for (const auto reason :
       {caf::exit_reason::normal, caf::exit_reason::kill, caf::exit_reason::user_shutdown}) {
    const auto mortal = system.spawn(reporter, caf::actor(here.self), "mortal");
    ASSERT_FALSE(
        here.tell(sock, subscribe{mortal, delivery::single, subscribe::unlimited, excess::pause,
                                  subscribe::default_backlog, event_kinds::all}));
    here.self->send_exit(mortal, caf::exit_reason::kill);
    here.self->wait_for(mortal);
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{to_string(reason), at}));
    EXPECT_EQ(here.next_line(), "message " + to_string(reason));
  }
}

TEST_F(Subscribe, ASubscriberThatIsDeadAlreadyDoesNoHarm) {
  const auto [sock, at] = here.open_bound(family::udp4);
  const auto dead = system.spawn(reporter, caf::actor(here.self), "dead");
  here.self->send_exit(dead, caf::exit_reason::kill);
  here.self->wait_for(dead);
  EXPECT_FALSE(
      here.tell(sock, subscribe{dead, delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"1", at}));
  EXPECT_EQ(here.next_line(), "message 1");
}

TEST_F(Subscribe, ASubscriberThatDoesNotKnowAnEventDoesNotEndTheSocket) {
  const auto [sock, at] = here.open_bound(family::udp4);
  // CAF answers every event in its place, with an error.
  const auto fussy =
      system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  ASSERT_FALSE(
      here.tell(sock, subscribe{fussy, delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", at}));
    EXPECT_EQ(here.next_line(), "message x");
  }
}

TEST_F(Subscribe, ASubscriberThatAnswersEventsDoesNoHarm) {
  const auto [sock, at] = here.open_bound(family::udp4);
  const auto chatty = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return quiet_behavior<caf::behavior>(
        *self, [](const message_event&) { return std::string("thanks"); });
  });
  ASSERT_FALSE(
      here.tell(sock, subscribe{chatty, delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", at}));
    EXPECT_EQ(here.next_line(), "message x");
  }
}

TEST_F(Subscribe, WithoutAnyoneDatagramsAreReadAndDropped) {
  const auto [sock, at] = here.open_bound(family::udp4);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"undelivered", at}));
  }
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"heard", at}));
  std::string line = here.next_line();
  while (line == "message undelivered") line = here.next_line();
  EXPECT_EQ(line, "message heard");
}

/// Whether a subscriber that ends is destroyed, however long its socket lives, once
/// `release` has been done.
template <class Release>
bool is_released(node& here, caf::actor_system& system, const socket_actor& sock, Release release) {
  caf::weak_actor_ptr watch;
  {
    const auto subscriber = system.spawn(reporter, caf::actor(here.self), "a");
    watch = caf::weak_actor_ptr(caf::actor_cast<caf::strong_actor_ptr>(subscriber).get());
    EXPECT_FALSE(
        here.tell(sock, subscribe{subscriber, delivery::single, subscribe::unlimited, excess::pause,
                                  subscribe::default_backlog, event_kinds::all}));
    release(subscriber);
    here.self->send_exit(subscriber, caf::exit_reason::kill);
    here.self->wait_for(subscriber);
  }
  return comes_true([&] { return watch.lock() == nullptr; });
}

TEST_F(Subscribe, AnEndedSocketHoldsNoSubscribers) {
  const auto [sock, at] = here.open_bound(family::udp4);
  EXPECT_TRUE(is_released(here, system, sock, [&, sock = sock](const caf::actor&) {
    EXPECT_FALSE(here.tell(sock, close{}));
    here.self->wait_for(sock);
  }));
  // The handle to the socket still exists.
  EXPECT_THAT(here.tell(sock, set_ttl{1}), FailsWith(errc::closed));
}

TEST_F(Subscribe, AnEndedGroupHoldsNoSubscribers) {
  const auto group = *here.net.open_group(family::udp4, testing::at({"127.0.0.1", 0}));
  EXPECT_TRUE(is_released(here, system, group, [&](const caf::actor&) {
    EXPECT_FALSE(here.tell(group, close{}));
    here.self->wait_for(group);
  }));
  EXPECT_THAT(here.tell(group, set_ttl{1}), FailsWith(errc::closed));
}

TEST_F(Subscribe, OneThatUnsubscribesLeavesNoTrace) {
  const auto [sock, at] = here.open_bound(family::udp4);
  const auto subscriber = system.spawn(reporter, caf::actor(here.self), "a");
  const auto control = caf::actor_cast<caf::strong_actor_ptr>(subscriber);
  const auto before = control->weak_refs.load();
  for (int i = 0; i < 10; ++i) {
    ASSERT_FALSE(here.tell(sock, subscribe{subscriber}));
    ASSERT_FALSE(here.tell(sock, unsubscribe{subscriber}));
  }
  EXPECT_TRUE(comes_true([&] { return control->weak_refs == before; }));
  here.self->send_exit(subscriber, caf::exit_reason::kill);
}

TEST_F(Subscribe, AClosedSocketLeavesNoTraceAtItsOwner) {
  const auto owner = system.spawn(reporter, caf::actor(here.self), "a");
  const auto control = caf::actor_cast<caf::strong_actor_ptr>(owner);
  const auto before = control->weak_refs.load();
  for (int i = 0; i < 10; ++i) {
    const auto sock = *here.net.open(family::udp4, owner, {"127.0.0.1", 0});
    const auto group = *here.net.open_group(family::udp4, heard_by(owner));
    for (const auto& each : {sock, group}) {
      ASSERT_FALSE(here.tell(each, close{}));
      here.self->wait_for(each);
    }
  }
  EXPECT_TRUE(comes_true([&] { return control->weak_refs == before; }));
  here.self->send_exit(owner, caf::exit_reason::kill);
}

TEST_F(Subscribe, OneThatUnsubscribesIsNotHeldAnyMore) {
  const auto [sock, at] = here.open_bound(family::udp4);
  EXPECT_TRUE(is_released(here, system, sock, [&, sock = sock](const caf::actor& subscriber) {
    EXPECT_FALSE(here.tell(sock, unsubscribe{subscriber}));
  }));
}

}  // namespace
}  // namespace dgram::testing
