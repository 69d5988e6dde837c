// Sockets, subscribers and facades on two nodes of CAF's network.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "caf_dgram/actors/compat/acknowledgement.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/actors/facade.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/networked.h"
#include "tests/support/scripted_resolver.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Two nodes in one process: the sockets are there, their users here.
class RemoteSocket : public ::testing::Test {
 protected:
  /// Here's handle to a socket or facade of there.
  socket_actor connect_to(const socket_actor& sock) {
    return look_up(here, "127.0.0.1", publish_on_free_port(there_system, sock));
  }

  template <class Event, class Check>
  void await(Check check) {
    self->receive([&](const Event& event) { check(event); },
                  caf::after(patience) >> [] { ADD_FAILURE() << "no such event came"; });
  }

  networked_config here_config;
  networked_config there_config;
  caf::actor_system here{here_config};
  caf::actor_system there_system{there_config};
  node there{there_system};
  caf::scoped_actor self{here};
};

TEST_F(RemoteSocket, IsBoundAskedAndHeardAcrossNodes) {
  const auto sock = connect_to(there.open(family::udp4));
  ASSERT_TRUE(ask(self, sock, subscribe{self}, patience));
  const auto at = ask(self, sock, bind{endpoint::loopback(family::udp4, 0)}, patience);
  ASSERT_TRUE(at) << describe(at.error());
  EXPECT_EQ(*ask(self, sock, get_option{option::ttl}, patience), option_value(64));
  tell(self, sock, dgram::send{"hello", *at});
  await<message_event>([&](const message_event& event) {
    EXPECT_EQ(event.data, payload("hello"));
    EXPECT_EQ(socket_of(self), sock);
    EXPECT_TRUE(respond(self, event, payload("and back")));
  });
  await<message_event>(
      [&](const message_event& event) { EXPECT_EQ(event.data, payload("and back")); });
}

TEST_F(RemoteSocket, PublishesTheEventsThatASubscriberWants) {
  const auto sock = connect_to(there.open(family::udp4));
  auto terms = subscribe{self, delivery::batched};
  terms.events = event_kinds::all;
  ASSERT_TRUE(ask(self, sock, terms, patience));
  const auto at = ask(self, sock, bind{endpoint::loopback(family::udp4, 0)}, patience);
  await<listening_event>([&](const listening_event& event) { EXPECT_EQ(event.local, *at); });
  tell(self, sock, dgram::send{"x", *at});
  await<batch_event>([&](const batch_event& event) {
    ASSERT_EQ(event.datagrams.size(), 1U);
    EXPECT_EQ(*(*event.datagrams.begin()).peer, *at);
  });
  tell(self, sock, set_ttl{0});
  await<error_event>([&](const error_event& event) {
    EXPECT_THAT(event.reason, FailsWith(errc::out_of_range));
    EXPECT_EQ(event.operation, "set ttl");
  });
  tell(self, sock, close{});
  await<close_event>([&](const close_event& event) { EXPECT_FALSE(event.reason); });
}

TEST_F(RemoteSocket, FailsWithTheTextOfItsErrors) {
  const auto sock = connect_to(there.open(family::udp4));
  const auto why = ask(self, sock, set_ttl{0}, patience).error();
  EXPECT_THAT(why, FailsWith(errc::out_of_range));
  EXPECT_THAT(describe(why), HasSubstr("set ttl"));
}

// -- acknowledgements ---------------------------------------------------------

/// A socket there with a small limit, and somebody who sends to it.
class RemoteSubscriber : public RemoteSocket {
 protected:
  static constexpr std::size_t limit = 8'192;
  static constexpr std::size_t size = 768;
  /// What fits, each with what it costs beside its bytes.
  static constexpr std::uint64_t fitting = limit / (size + 256);

  RemoteSubscriber() {
    open_options options;
    options.local = endpoint::loopback(family::udp4, 0);
    options.remote_unacknowledged = limit;
    options.receive_offload = false;
    local = there.open(family::udp4, options);
    at = *there.ask<endpoint>(local, get_local_address{});
    remote = connect_to(local);
  }

  void send(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      ASSERT_EQ(client.send({std::string(size, static_cast<char>('a' + next++ % 26))}, &at).error,
                0);
    }
  }

  statistics counted() { return *there.ask<statistics>(local, get_statistics{}); }

  template <class Predicate>
  ::testing::AssertionResult await_count(Predicate is_so) {
    return there.await_counts(local, is_so);
  }

  /// Asks until what is beyond a subscriber's limit has been read, or left to the kernel: the
  /// socket pauses only when there is something left to read.
  ::testing::AssertionResult await_more_than_its_limit() {
    return await_count([](const statistics& s) { return s.received > fitting || s.pauses > 0; });
  }

  /// The datagrams that reach `self` next, by their letters.
  std::string next_letters(std::uint64_t count) {
    std::string letters;
    while (letters.size() < count) {
      bool came = false;
      self->receive(
          [&](const message_event& event) {
            letters += event.data.view().front();
            came = true;
          },
          [&](const batch_event& event) {
            for (const datagram& each : event.datagrams) letters += each.bytes.front();
            came = true;
          },
          caf::after(patience) >> [] {});
      if (!came) break;
    }
    return letters;
  }

  socket_actor local;
  socket_actor remote;
  endpoint at;
  dgram::socket client = *dgram::socket::open(family::udp4);
  std::uint64_t next = 0;
};

TEST_F(RemoteSubscriber, ThatHandlesNothingGetsNoMoreThanItsLimit) {
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  send(fitting + 10);
  ASSERT_TRUE(await_more_than_its_limit());
  const auto now = counted();
  EXPECT_EQ(now.subscribers.at(0).delivered, fitting);
  EXPECT_EQ(next_letters(fitting + 10), "abcdefghijklmnopqr");
}

TEST_F(RemoteSubscriber, GetsEverythingInOrderAsItHandlesIt) {
  for (const auto way : {delivery::single, delivery::batched}) {
    ASSERT_TRUE(ask(self, remote, subscribe{self, way}, patience));
    std::string sent;
    std::string came;
    for (int i = 0; i < 10; ++i) {
      for (std::uint64_t j = 0; j < 20; ++j) sent += static_cast<char>('a' + (next + j) % 26);
      send(20);
      came += next_letters(20);
    }
    EXPECT_EQ(came, sent);
  }
}

TEST_F(RemoteSubscriber, GetsAllOfMergedDatagramsWhoseLastIsShorter) {
  open_options options;
  options.local = endpoint::loopback(family::udp4, 0);
  options.remote_unacknowledged = limit;
  local = there.open(family::udp4, options);
  at = *there.ask<endpoint>(local, get_local_address{});
  remote = connect_to(local);
  // Without credits nothing is read, so that all is read at once later.
  ASSERT_TRUE(ask(self, remote, subscribe{self, delivery::single, 0}, patience));
  batch sent;
  for (const char letter : {'a', 'b', 'c'}) {
    sent.add_segments(std::string(20'300, letter), 20'000, at);
  }
  EXPECT_EQ(there.ask<batch_result>(there.open(family::udp4), send_batch{sent})->sent, 6U);
  tell(self, remote, grant{self, 100});
  EXPECT_EQ(next_letters(6), "aabbcc");
}

TEST_F(RemoteSubscriber, ThatMayLoseLosesWhatIsBeyondItsLimitAndBacklog) {
  auto terms = subscribe{self, delivery::single, subscribe::unlimited, excess::lose_newest, 2};
  terms.events = event_kinds::datagrams | event_kinds::losses;
  ASSERT_TRUE(ask(self, remote, terms, patience));
  send(fitting + 5);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.received == fitting + 5; }));
  EXPECT_EQ(counted().lost, 3U);
  EXPECT_EQ(counted().pauses, 0U);
  EXPECT_EQ(next_letters(fitting + 2), "abcdefghij");
  // One event for each time that some were lost.
  std::uint64_t told = 0;
  while (told < 3U && !HasFailure()) {
    await<overrun_event>([&](const overrun_event& event) {
      told += event.lost;
      EXPECT_EQ(event.total, told);
    });
  }
  EXPECT_EQ(told, 3U);
}

TEST_F(RemoteSubscriber, ThatDiesLosesWhatWaitedForItAndThatIsCounted) {
  const auto sleeper = here.spawn([](caf::blocking_actor* me) { me->receive([](int) {}); });
  auto terms = subscribe{sleeper, delivery::single, subscribe::unlimited, excess::lose_newest, 10};
  ASSERT_TRUE(ask(self, remote, terms, patience));
  send(fitting + 5);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.received == fitting + 5; }));
  EXPECT_EQ(counted().lost, 0U);
  send_message(self, sleeper, 1);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.subscribers.empty(); }));
  EXPECT_EQ(counted().lost, 5U);
}

TEST_F(RemoteSubscriber, WithCreditsGetsNoMoreThanBothAllow) {
  ASSERT_TRUE(ask(self, remote, subscribe{self, delivery::single, 3}, patience));
  send(fitting + 5);
  EXPECT_EQ(next_letters(3), "abc");
  await<passive_event>([](const passive_event&) {});
  ASSERT_TRUE(ask(self, remote, grant{self, 100}, patience));
  EXPECT_EQ(next_letters(fitting + 2), "defghijklm");
}

TEST_F(RemoteSubscriber, ThatUnsubscribesWithoutHandlingAnythingGetsNoNewLimit) {
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  send(fitting);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.received == fitting; }));
  ASSERT_TRUE(ask(self, remote, unsubscribe{self}, patience));
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  send(1);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.pauses > 0; }));
  EXPECT_EQ(counted().subscribers.at(0).delivered, 0U);
  EXPECT_EQ(next_letters(fitting + 1), "abcdefghi");
}

TEST_F(RemoteSubscriber, ThatDiesIsRemovedAndTheOthersGoOn) {
  const auto sleeper = here.spawn([](caf::blocking_actor* me) { me->receive([](int) {}); });
  ASSERT_TRUE(ask(self, remote, subscribe{sleeper}, patience));
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  send(fitting);
  EXPECT_THAT(next_letters(fitting), SizeIs(fitting));
  send(5);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.pauses > 0; }));
  send_message(self, sleeper, 1);
  EXPECT_THAT(next_letters(5), SizeIs(5));
  EXPECT_THAT(counted().subscribers, SizeIs(1));
}

/// Actors that handle events in unusual ways, and count them.
using typed_subscriber = caf::typed_actor<answers<void, message_event>, answers<int, int>>;

typed_subscriber::behavior_type count_typed(typed_subscriber::pointer,
                                            const std::shared_ptr<std::atomic<int>>& seen) {
  return {[seen](const message_event&) { ++*seen; }, [](int x) { return x; }};
}

TEST_F(RemoteSubscriber, OfAnyKindAcknowledgesByHandling) {
  using counter = std::shared_ptr<std::atomic<int>>;
  const auto returns_something = [](caf::event_based_actor*, const counter& seen) -> caf::behavior {
    return {[seen](const message_event&) { return ++*seen; }};
  };
  const auto fails = [](caf::event_based_actor*, const counter& seen) -> caf::behavior {
    return {[seen](const message_event&) -> caf::result<void> {
      ++*seen;
      return caf::make_error(caf::sec::unexpected_message);
    }};
  };
  const auto blocks = [](caf::blocking_actor* me, const counter& seen) {
    bool running = true;
    me->receive_while(running)([seen](const message_event&) { ++*seen; },
                               [&](const caf::exit_msg&) { running = false; });
  };
  const auto many = static_cast<int>(5 * fitting);
  const auto try_with = [&](const any_actor& subscriber, const counter& seen) {
    ASSERT_TRUE(ask(self, remote, subscribe{subscriber}, patience));
    for (int i = 1; i <= many; ++i) {
      send(1);
      ASSERT_TRUE(comes_true([&] { return *seen >= i; })) << i;
    }
    ASSERT_TRUE(ask(self, remote, unsubscribe{subscriber}, patience));
    caf::anon_send_exit(subscriber.handle(), caf::exit_reason::user_shutdown);
  };
  const auto fresh = [] { return std::make_shared<std::atomic<int>>(0); };
  auto seen = fresh();
  try_with(here.spawn(returns_something, seen), seen);
  try_with(here.spawn(fails, seen = fresh()), seen);
  try_with(here.spawn<caf::detached>(blocks, seen = fresh()), seen);
  try_with(here.spawn(count_typed, seen = fresh()), seen);
}

TEST_F(RemoteSubscriber, GetsOneErrorForManyThatItHadNoRoomFor) {
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  send(fitting);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.received == fitting; }));
  for (int i = 0; i < 20; ++i) tell(self, remote, set_ttl{0});
  ASSERT_TRUE(ask(self, remote, get_local_address{}, patience));
  EXPECT_THAT(next_letters(fitting), SizeIs(fitting));
  await<error_event>([](const error_event& event) { EXPECT_EQ(event.withheld, 19U); });
}

TEST_F(RemoteSubscriber, OfAGroupIsBoundedByEachMember) {
  open_options options;
  options.local = endpoint::loopback(family::udp4, 0);
  options.remote_unacknowledged = limit;
  runtime_options two = test_options();
  two.loops = 2;
  node others(there_system, two);
  local = *others.net.open_group(family::udp4, options);
  at = *others.ask<endpoint>(local, get_local_address{});
  remote = connect_to(local);
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  send(fitting + 1);
  ASSERT_TRUE(await_more_than_its_limit());
  EXPECT_EQ(counted().subscribers.at(0).delivered, fitting);
  await<message_event>([&](const message_event&) { EXPECT_EQ(socket_of(self), remote); });
  EXPECT_THAT(next_letters(fitting), SizeIs(fitting));
  // From many ports, so that datagrams come to both members.
  for (int i = 0; i < 16; ++i) {
    client = *dgram::socket::open(family::udp4);
    send(fitting * 3);
    EXPECT_THAT(next_letters(fitting * 3), SizeIs(fitting * 3));
  }
  // By a facade, too.
  ASSERT_TRUE(ask(self, remote, unsubscribe{self}, patience));
  const auto face = connect_to(*spawn_facade<subscribe>(local));
  ASSERT_TRUE(ask(self, face, subscribe{self}, patience));
  send(fitting * 3);
  await<message_event>([&](const message_event&) { EXPECT_EQ(socket_of(self), face); });
  EXPECT_THAT(next_letters(fitting * 3 - 1), SizeIs(fitting * 3 - 1));
}

TEST_F(RemoteSubscriber, OfThisNodeHasNoSuchLimit) {
  ASSERT_FALSE(there.tell(local, subscribe{there.self}));
  send(fitting * 3);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.received == fitting * 3; }));
  EXPECT_EQ(counted().pauses, 0U);
}

TEST(RemoteUnacknowledged, BelowItsRangeIsRefused) {
  system_config config;
  caf::actor_system system{config};
  node here(system);
  open_options options;
  options.remote_unacknowledged = 4'095;
  const auto sock = here.net.open(family::udp4, options);
  ASSERT_FALSE(sock);
  EXPECT_THAT(sock.error(), FailsWith(errc::out_of_range));
  EXPECT_THAT(describe(sock.error()),
              AllOf(HasSubstr("remote_unacknowledged 4095"), HasSubstr("4096")));
}

// -- facades ------------------------------------------------------------------

class RemoteFacade : public RemoteSubscriber {
 protected:
  socket_actor face =
      *spawn_facade<dgram::send, subscribe, unsubscribe, get_local_address>(local, there.self);
  socket_actor remote_face = connect_to(face);
};

TEST_F(RemoteFacade, PermitsWhatIsListedAndNamesWhatIsNot) {
  EXPECT_EQ(*ask(self, remote_face, get_local_address{}, patience), at);
  EXPECT_EQ(*ask(self, remote_face, dgram::send{"abc", at}, patience), 3U);
  const auto why = ask(self, remote_face, close{}, patience).error();
  EXPECT_THAT(why, FailsWith(errc::not_permitted));
  EXPECT_THAT(describe(why), HasSubstr("close"));
  EXPECT_THAT(ask(self, remote_face, bind{0}, patience).error(), FailsWith(errc::not_permitted));
  EXPECT_TRUE(there.ask<endpoint>(local, get_local_address{}));
}

TEST_F(RemoteFacade, PublishesEventsAndAnswersInItsOwnName) {
  send_request(self, remote_face, patience, subscribe{self})
      .receive([&] { EXPECT_EQ(socket_of(self), remote_face); },
               [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  ASSERT_TRUE(there.ask<std::uint64_t>(local, dgram::send{"x", at}));
  await<message_event>([&](const message_event&) { EXPECT_EQ(socket_of(self), remote_face); });
}

TEST_F(RemoteFacade, PassesAcknowledgementsOn) {
  ASSERT_TRUE(ask(self, remote_face, subscribe{self}, patience));
  send(fitting + 10);
  ASSERT_TRUE(await_more_than_its_limit());
  EXPECT_THAT(next_letters(fitting + 10), SizeIs(fitting + 10));
}

TEST_F(RemoteFacade, ReportsWhatItDroppedToItsObserver) {
  for (int i = 0; i < 3; ++i) tell(self, remote_face, close{});
  for (int i = 0; i < 3; ++i) {
    const auto event = there.await<error_event>();
    EXPECT_THAT(event.reason, FailsWith(errc::not_permitted));
    EXPECT_EQ(event.operation, "close");
  }
  EXPECT_TRUE(there.ask<endpoint>(local, get_local_address{}));
}

TEST_F(RemoteFacade, EndsWithItsSocket) {
  there.self->monitor(face);
  ASSERT_FALSE(there.tell(local, close{}));
  there.self->receive([&](const caf::down_msg& down) { EXPECT_EQ(down.source, face.address()); });
  EXPECT_THAT(there.error_of<endpoint>(face, get_local_address{}), FailsWith(errc::closed));
}

TEST_F(RemoteFacade, TakesItsSubscribersAlongAndLeavesTheSocket) {
  ASSERT_TRUE(ask(self, remote_face, subscribe{self}, patience));
  ASSERT_THAT(counted().subscribers, SizeIs(1));
  caf::anon_send_exit(face, caf::exit_reason::kill);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.subscribers.empty(); }));
  EXPECT_TRUE(there.ask<endpoint>(local, get_local_address{}));
}

TEST_F(RemoteFacade, KeepsTheOrderOfSends) {
  ASSERT_FALSE(there.tell(local, subscribe{there.self}));
  for (int i = 0; i < 100; ++i) tell(self, remote_face, dgram::send{std::to_string(i), at});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(there.next_line(), "message " + std::to_string(i));
}

TEST(Facade, OfNothingIsRefused) {
  EXPECT_THAT(spawn_facade<dgram::send>(socket_actor()).error(), FailsWith(errc::closed));
}

TEST(Facade, ThatEndsAnswersWhatIsAskedThroughIt) {
  system_config config;
  caf::actor_system system{config};
  scripted_resolver script(system);
  auto options = test_options();
  options.resolver = script.handle();
  node here(system, options);
  const auto face = *spawn_facade<dgram::send>(here.open(family::udp4));
  auto asked = send_request(here.self, face, patience, dgram::send{"x", "a.test", 9});
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  here.self->send_exit(face, caf::exit_reason::kill);
  std::move(asked).receive([](std::uint64_t) { ADD_FAILURE() << "sent"; },
                           [](const caf::error& why) {
                             EXPECT_THAT(why, FailsWith(errc::closed));
                             EXPECT_THAT(describe(why), HasSubstr("facade"));
                           });
}

TEST_F(RemoteSocket, HasNoFacadeOnAnotherNode) {
  const auto sock = connect_to(there.open(family::udp4));
  EXPECT_THAT(spawn_facade<dgram::send>(sock).error(), FailsWith(errc::unsupported));
}

TEST(Acknowledgement, TellsTheMemberAndTheNumberOfItsEvent) {
  system_config config;
  caf::actor_system system{config};
  const caf::scoped_actor self{system};
  for (const auto& [member, number] :
       {acknowledgement{0, 1}, acknowledgement{2, 3}, acknowledgement{5, std::uint64_t{1} << 39},
        acknowledgement{(1U << 19) - 1, (std::uint64_t{1} << 40) - 1}}) {
    send_acknowledged(nullptr, caf::actor(self), passive_event{}, nullptr, {member, number});
    self->receive([&, member = member, number = number](const passive_event&) {
      const auto& event = *self->current_mailbox_element();
      EXPECT_FALSE(acknowledgement_in(event));
      const auto answer = make_element(nullptr, event.mid.response_id(), passive_event{});
      const auto found = acknowledgement_in(*answer);
      ASSERT_TRUE(found);
      EXPECT_EQ(found->member, member);
      EXPECT_EQ(found->number, number);
    });
  }
}

TEST(Acknowledgement, IsNoAnswerToARequest) {
  const auto answer = make_element(nullptr, caf::make_message_id(7).response_id(), passive_event{});
  EXPECT_FALSE(acknowledgement_in(*answer));
}

TEST(Facade, TellsItsObserverHowManyRefusalsItWithheld) {
  system_config config;
  caf::actor_system system{config};
  node here(system);
  const auto face = *spawn_facade<get_statistics>(here.open(family::udp4), here.self);
  std::uint64_t sent = 0;
  std::uint64_t told = 0;
  std::uint64_t withheld = 0;
  // A facade handles what is sent to it at once.
  EXPECT_TRUE(comes_true([&] {
    tell(here.self, face, close{});
    ++sent;
    while (here.self->has_next_message()) {
      withheld = here.await<error_event>().withheld;
      told += 1 + withheld;
    }
    return withheld > 0;
  }));
  EXPECT_EQ(told, sent);
}

TEST(Facade, WithoutAnObserverDropsWhatItDoesNotPermit) {
  system_config config;
  caf::actor_system system{config};
  node here(system);
  const auto face = *spawn_facade<get_statistics>(here.open(family::udp4));
  tell(here.self, face, close{});
  EXPECT_TRUE(here.ask<statistics>(face, get_statistics{}));
  EXPECT_FALSE(here.self->has_next_message());
}

TEST(Facade, RefusesWhatIsNoCommandAsARequest) {
  system_config config;
  caf::actor_system system{config};
  node here(system);
  const auto face = *spawn_facade<get_statistics>(here.open(family::udp4));
  send_request(here.self, caf::actor_cast<caf::actor>(face), patience, 1)
      .receive([] { ADD_FAILURE() << "answered"; },
               [](const caf::error& why) {
                 EXPECT_THAT(why, FailsWith(errc::not_permitted));
                 EXPECT_THAT(describe(why), HasSubstr("request: the facade"));
               });
}

TEST(Facade, KeepsTheUrgencyOfARequest) {
  const faulty_kernel kernel;
  system_config config;
  caf::actor_system system{config};
  node here(system);
  use_kernel(here.net, kernel);
  const auto sock = here.open(family::udp4);
  const auto face = *spawn_facade<set_ttl>(sock);
  const caf::scoped_actor other{system};
  {
    const std::lock_guard<std::mutex> halt(kernel.gate);
    tell(here.self, sock, dgram::send{"x", {"127.0.0.1", 9}});
    ASSERT_TRUE(comes_true([&] { return kernel.is_halted.load(); }));
    tell(here.self, sock, set_ttl{3});
    send_shared(
        caf::actor_cast<caf::strong_actor_ptr>(other), caf::actor_cast<caf::strong_actor_ptr>(face),
        caf::make_message_id(1).with_high_priority(), caf::make_message(set_ttl{5}), nullptr);
  }
  // The urgent one came first, although it was sent last.
  EXPECT_EQ(here.ask<option_value>(sock, get_option{option::ttl}), option_value(3));
}

TEST(Facade, ThatHasEndedAnswersClosedThoughItsSocketLives) {
  system_config config;
  caf::actor_system system{config};
  node here(system);
  const auto [sock, at] = here.open_bound(family::udp4);
  const auto face = *spawn_facade<get_local_address>(sock);
  here.self->monitor(face);
  here.self->send_exit(face, caf::exit_reason::user_shutdown);
  here.self->receive([](const caf::down_msg&) {},
                     caf::after(patience) >> [] { ADD_FAILURE() << "it lives on"; });
  const auto why = here.error_of<endpoint>(face, get_local_address{});
  EXPECT_THAT(why, FailsWith(errc::closed));
  EXPECT_THAT(describe(why), HasSubstr("the facade has ended"));
  EXPECT_EQ(here.ask<endpoint>(sock, get_local_address{}), at);
}

TEST(Facade, DoesNotEndWithAnother) {
  system_config config;
  caf::actor_system system{config};
  node here(system);
  const auto face = *spawn_facade<get_statistics>(here.open(family::udp4));
  send_anonymously(
      caf::actor_cast<caf::actor>(face),
      caf::down_msg{here.self.address(), caf::make_error(caf::exit_reason::user_shutdown)});
  EXPECT_TRUE(here.ask<statistics>(face, get_statistics{}));
}

TEST(Facade, EndsWhenNobodyHasAHandleToIt) {
  system_config config;
  caf::actor_system system{config};
  node here(system);
  const auto sock = here.open(family::udp4);
  auto face = *spawn_facade<get_statistics>(sock);
  here.self->monitor(face);
  face = socket_actor();
  here.self->receive([](const caf::down_msg&) {},
                     caf::after(patience) >> [] { ADD_FAILURE() << "it lives on"; });
}

TEST(Facade, ThatHasEndedPassesNothingOn) {
  system_config config;
  caf::actor_system system{config};
  node here(system);
  const auto sock = here.open(family::udp4);
  const auto before = here.ask<option_value>(sock, get_option{option::ttl});
  const auto face = *spawn_facade<set_ttl>(sock);
  here.self->send_exit(face, caf::exit_reason::kill);
  tell(here.self, face, set_ttl{3});
  EXPECT_EQ(here.ask<option_value>(sock, get_option{option::ttl}), *before);
}

TEST_F(RemoteSubscriber, ThatUnsubscribesTwiceGetsEverythingOnceItHandlesEvents) {
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  send(fitting);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.received == fitting; }));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(ask(self, remote, unsubscribe{self}, patience));
    ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  }
  EXPECT_THAT(next_letters(fitting), SizeIs(fitting));
  send(fitting * 3);
  EXPECT_THAT(next_letters(fitting * 3), SizeIs(fitting * 3));
}

TEST_F(RemoteSubscriber, ThatUnsubscribesGetsAsMuchMoreAsItHasHandledSince) {
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  send(fitting);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.received == fitting; }));
  ASSERT_TRUE(ask(self, remote, unsubscribe{self}, patience));
  EXPECT_EQ(next_letters(1), "a");
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  send(3);
  ASSERT_TRUE(
      await_count([](const statistics& s) { return s.received == fitting + 3 || s.pauses > 0; }));
  EXPECT_EQ(counted().subscribers.at(0).delivered, 1U);
}

TEST_F(RemoteSubscriber, ThatSubscribedAnewIsRemovedWhenItDies) {
  const auto sleeper = here.spawn([](caf::blocking_actor* me) { me->receive([](int) {}); });
  ASSERT_TRUE(ask(self, remote, subscribe{sleeper}, patience));
  send(fitting);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.received == fitting; }));
  ASSERT_TRUE(ask(self, remote, unsubscribe{sleeper}, patience));
  ASSERT_TRUE(ask(self, remote, subscribe{sleeper}, patience));
  send_message(self, sleeper, 1);
  EXPECT_TRUE(await_count([](const statistics& s) { return s.subscribers.empty(); }));
}

TEST_F(RemoteSubscriber, ThatLeftWithoutHandlingAnythingDoesNotHoldTheOthersUp) {
  const auto sleeper = here.spawn([](caf::blocking_actor* me) { me->receive([](int) {}); });
  ASSERT_TRUE(ask(self, remote, subscribe{sleeper}, patience));
  send(fitting);
  ASSERT_TRUE(await_count([](const statistics& s) { return s.received == fitting; }));
  ASSERT_TRUE(ask(self, remote, unsubscribe{sleeper}, patience));
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  send(fitting * 3);
  EXPECT_THAT(next_letters(fitting * 3), SizeIs(fitting * 3));
  send_message(self, sleeper, 1);
}

TEST_F(RemoteSubscriber, GetsAsManyErrorsAsItHasRoomForAndOneForTheOthers) {
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  // Each event counts with 256 bytes.
  constexpr std::size_t fitting_errors = limit / 256;
  for (std::size_t i = 0; i < fitting_errors + 8; ++i) tell(self, remote, set_ttl{0});
  ASSERT_TRUE(ask(self, remote, get_local_address{}, patience));
  for (std::size_t i = 0; i < fitting_errors; ++i) {
    await<error_event>([](const error_event& event) { EXPECT_EQ(event.withheld, 0U); });
  }
  await<error_event>([](const error_event& event) { EXPECT_EQ(event.withheld, 7U); });
}

TEST(Facade, KeepsItsSubscribersWhenAnotherOneEnds) {
  system_config config;
  caf::actor_system system{config};
  node here(system);
  const auto sock = here.open(family::udp4);
  const auto face = *spawn_facade<subscribe>(sock);
  ASSERT_FALSE(here.tell(face, subscribe{here.self}));
  const auto mortal =
      system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  ASSERT_FALSE(here.tell(sock, subscribe{mortal}));
  here.self->send_exit(mortal, caf::exit_reason::kill);
  EXPECT_TRUE(
      here.await_counts(sock, [](const statistics& s) { return s.subscribers.size() == 1; }));
}

}  // namespace
}  // namespace dgram::testing
