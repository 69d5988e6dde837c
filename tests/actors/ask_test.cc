#include "caf_dgram/actors/ask.h"

#include <caf/all.hpp>

#include <string>

#include "caf_dgram/actors/compat/own_actor.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::StartsWith;

class Ask : public SocketTest {};

TEST_F(Ask, GivesTheAnswerOfACommand) {
  const auto sock = here.open(family::udp4);
  const auto local = dgram::ask(here.self, sock, bind{endpoint::loopback(family::udp4, 0)});
  ASSERT_TRUE(local) << describe(local.error());
  EXPECT_EQ(*local, *dgram::ask(here.self.ptr(), sock, get_local_address{}));
}

TEST_F(Ask, GivesSuccessOfACommandWithoutAResult) {
  const auto sock = here.open(family::udp4);
  const caf::expected<void> done = dgram::ask(here.self, sock, set_ttl{7});
  EXPECT_TRUE(done);
  EXPECT_EQ(*dgram::ask(here.self, sock, get_option{option::ttl}), option_value(7));
}

TEST_F(Ask, GivesTheErrorOfACommandThatFails) {
  const auto sock = here.open(family::udp4);
  EXPECT_THAT(dgram::ask(here.self, sock, get_local_address{}).error(), FailsWith(errc::not_bound));
  EXPECT_THAT(dgram::ask(here.self, sock, set_ttl{0}).error(), FailsWith(errc::out_of_range));
}

TEST_F(Ask, LeavesEventsInTheMailbox) {
  const auto sock = here.open(family::udp4, here.self);
  const auto local = dgram::ask(here.self, sock, bind{endpoint::loopback(family::udp4, 0)});
  EXPECT_EQ(here.next_line(), "listening " + local->to_string());
}

TEST_F(Ask, WaitsNoLongerThanItsTimeout) {
  // An actor that is no socket and never answers.
  const auto silent = system.spawn([](caf::blocking_actor* self) { self->receive([](int) {}); });
  const auto sock = caf::actor_cast<socket_actor>(silent);
  const auto answer =
      dgram::ask(here.self, sock, get_local_address{}, std::chrono::milliseconds(1));
  EXPECT_EQ(answer.error(), caf::sec::request_timeout);
  send_message(here.self, silent, 0);
}

TEST_F(Ask, OfANullHandleFailsAtOnce) {
  EXPECT_TRUE(dgram::ask(here.self, socket_actor(), get_local_address{}).error());
}

TEST_F(Ask, WorksInABlockingActor) {
  const auto [sock, at] = here.open_bound(family::udp4);
  const auto actor = system.spawn([sock = sock, at = at](caf::blocking_actor* self) {
    EXPECT_EQ(*dgram::ask(self, sock, get_local_address{}), at);
  });
  here.self->wait_for(actor);
}

/// An actor answers each datagram in capitals; `here.self` is its client.
class Respond : public SocketTest {
 protected:
  static payload answer_to(const message_event& event) {
    auto answer = payload("you said " + std::string(event.data.view()));
    return answer;
  }

  /// What comes back for a datagram that the client sends.
  std::string answer_for(const char* text) {
    const auto client = here.open(family::udp4, here.self);
    EXPECT_TRUE(dgram::ask(here.self, client, connect{at}));
    tell(here.self, client, dgram::send{text});
    const auto answer = std::string(here.await<message_event>().data.view());
    EXPECT_TRUE(dgram::ask(here.self, client, close{}));
    return answer;
  }

  template <class Handle>
  void serve(const Handle& actor) {
    ASSERT_TRUE(dgram::ask(here.self, server, subscribe{actor}));
    EXPECT_EQ(answer_for("hello"), "you said hello");
    here.self->send_exit(actor, caf::exit_reason::user_shutdown);
    here.self->wait_for(actor);
  }

  const std::pair<socket_actor, endpoint> bound = here.open_bound(family::udp4);
  const socket_actor server = bound.first;
  const endpoint at = bound.second;
};

TEST_F(Respond, AnswersFromADynamicallyTypedActor) {
  serve(system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {
        [self](const message_event& event) { EXPECT_TRUE(respond(self, event, answer_to(event))); },
    };
  }));
}

using listener_actor = caf::typed_actor<answers<void, message_event>>;

TEST_F(Respond, AnswersFromAStaticallyTypedActor) {
  serve(system.spawn([](listener_actor::pointer self) -> listener_actor::behavior_type {
    return {
        [self](const message_event& event) { EXPECT_TRUE(respond(self, event, answer_to(event))); },
    };
  }));
}

struct memory {
  std::string last = "nothing";
};

TEST_F(Respond, AnswersFromAStatefulStaticallyTypedActor) {
  using pointer = listener_actor::stateful_pointer<memory>;
  const auto actor = system.spawn([](pointer self) -> listener_actor::behavior_type {
    return {
        [self](const message_event& event) {
          EXPECT_TRUE(respond(self, event, payload("before: " + state_of(self).last)));
          state_of(self).last = std::string(event.data.view());
        },
    };
  });
  ASSERT_TRUE(dgram::ask(here.self, server, subscribe{actor}));
  EXPECT_EQ(answer_for("one"), "before: nothing");
  EXPECT_EQ(answer_for("two"), "before: one");
}

TEST_F(Respond, AnswersFromABlockingActor) {
  serve(system.spawn([](caf::blocking_actor* self) {
    bool running = true;
    self->receive_while(running)(
        [&](const message_event& event) { EXPECT_TRUE(respond(self, event, answer_to(event))); },
        [&](const caf::exit_msg&) { running = false; });
  }));
}

TEST_F(Respond, AnswersForAGroupByTheGroup) {
  const auto group =
      here.net.open_group(family::udp4, testing::at(endpoint::loopback(family::udp4, 0)));
  ASSERT_TRUE(group) << describe(group.error());
  ASSERT_TRUE(dgram::ask(here.self, *group, subscribe{here.self}));
  auto with = heard_by(here.self);
  with.events = event_kinds::datagrams;
  const auto client = here.open(family::udp4, with);
  const auto to = *dgram::ask(here.self, *group, get_local_address{});
  ASSERT_TRUE(dgram::ask(here.self, client, dgram::send{"hello", to}));
  here.self->receive(
      [&](const message_event& event) {
        EXPECT_EQ(socket_of(here.self), *group);
        EXPECT_TRUE(respond(here.self, event, answer_to(event)));
      },
      caf::after(patience) >> [] { ADD_FAILURE() << "no datagram came"; });
  EXPECT_EQ(here.next_line(), "message you said hello");
}

TEST_F(Respond, OutsideOfAHandlerSendsNothingAndSaysSo) {
  EXPECT_FALSE(socket_of(here.self));
  const message_event event{payload("hello"), at, 5};
  EXPECT_FALSE(respond(here.self, event, payload("nobody gets this")));
}

class Tell : public SocketTest {};

TEST_F(Tell, SendsACommandWhoseErrorGoesToSubscribers) {
  const auto sock = here.open(family::udp4, here.self);
  tell(here.self, sock, disconnect{});
  EXPECT_THAT(here.next_line(), StartsWith("error disconnect"));
}

TEST_F(Tell, LetsATypedActorWithAnyInterfaceSendEveryCommand) {
  const auto sock = here.open(family::udp4, here.self);
  const auto actor =
      system.spawn([sock](listener_actor::pointer self) -> listener_actor::behavior_type {
        tell(self, sock, bind{endpoint::loopback(family::udp4, 0)});
        tell(self, sock, subscribe{self});
        tell(self, sock, close{});
        return {[](const message_event&) {}};
      });
  EXPECT_THAT(here.next_line(), StartsWith("listening 127.0.0.1:"));
  EXPECT_EQ(here.next_line(), "close");
  here.self->send_exit(actor, caf::exit_reason::user_shutdown);
}

TEST_F(Tell, ToANullHandleDoesNothing) {
  tell(here.self, socket_actor(), close{});
  EXPECT_FALSE(here.self->has_next_message());
}

}  // namespace
}  // namespace dgram::testing
