#include <fcntl.h>

#include <cerrno>
#include <string>
#include <vector>

#include "caf_dgram/actors/core/kernel_seam.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/scripted_resolver.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;
using Close = SocketTest;

TEST_F(Close, PublishesCloseAsTheLastEvent) {
  const auto [sock, at] = here.open_bound(family::udp4, here.self);
  EXPECT_FALSE(here.tell(sock, close{}));
  EXPECT_EQ(here.next_line(), "listening " + at.to_string());
  EXPECT_EQ(here.next_line(), "close");
  tell(here.self, sock, dgram::send{"x", 0});
  EXPECT_THAT(here.error_of<std::uint64_t>(sock, dgram::send{"x", at}), FailsWith(errc::closed));
  EXPECT_FALSE(here.self->has_next_message());
}

TEST_F(Close, FreesThePort) {
  const auto [sock, at] = here.open_bound(family::udp4);
  ASSERT_FALSE(here.tell(sock, close{}));
  EXPECT_TRUE(here.ask<endpoint>(here.open(family::udp4), bind{at}));
}

TEST_F(Close, ASecondOneIsAnsweredLikeTheFirst) {
  const auto sock = here.open(family::udp4);
  auto first = send_request(here.self, sock, patience, close{});
  auto second = send_request(here.self, sock, patience, close{});
  const auto fail = [](const caf::error& why) { ADD_FAILURE() << describe(why); };
  std::move(first).receive([] {}, fail);
  std::move(second).receive([] {}, fail);
  EXPECT_FALSE(here.tell(sock, close{}));
}

TEST_F(Close, EveryCommandAfterItFailsAndNamesItself) {
  const auto sock = here.open(family::udp4);
  ASSERT_FALSE(here.tell(sock, close{}));
  const auto expect = [](const caf::error& why, const std::string& operation) {
    EXPECT_THAT(why, FailsWith(errc::closed));
    EXPECT_EQ(describe(why), operation + ": the socket is closed");
  };
  expect(here.error_of<endpoint>(sock, bind{0}), "bind");
  expect(here.error_of<endpoint>(sock, connect{1}), "connect");
  expect(here.tell(sock, disconnect{}), "disconnect");
  expect(here.error_of<endpoint>(sock, get_local_address{}), "get local address");
  expect(here.error_of<endpoint>(sock, get_remote_address{}), "get remote address");
  expect(here.error_of<std::uint64_t>(sock, dgram::send{"x", 1}), "send");
  expect(here.tell(sock, set_option{option::ttl, 1}), "set option");
  expect(here.error_of<option_value>(sock, get_option{option::ttl}), "get option");
  expect(here.tell(sock, set_broadcast{true}), "set broadcast");
  expect(here.tell(sock, set_ttl{1}), "set ttl");
  expect(here.tell(sock, set_multicast_ttl{1}), "set multicast_ttl");
  expect(here.tell(sock, set_multicast_loopback{true}), "set multicast_loopback");
  expect(here.tell(sock, set_multicast_interface{"lo"}), "set multicast_interface");
  expect(here.error_of<membership>(sock, add_membership{"239.1.2.3", "lo"}), "add membership");
  expect(here.error_of<membership>(sock, drop_membership{"239.1.2.3", "lo"}), "drop membership");
  expect(here.tell(sock, subscribe{here.self, delivery::single, subscribe::unlimited, excess::pause,
                                   subscribe::default_backlog, event_kinds::all}),
         "subscribe");
  expect(here.tell(sock, unsubscribe{here.self}), "unsubscribe");
}

TEST_F(Close, ACommandRightBehindItFailsTheSameWay) {
  // Each round ends a little differently: handled while closing, left in the
  // mailbox at the end, or sent after it.
  for (int round = 0; round < 200; ++round) {
    const auto sock = here.open(family::udp4);
    auto closed = send_request(here.self, sock, patience, close{});
    auto late = send_request(here.self, sock, patience, get_local_address{});
    std::move(closed).receive([] {}, [](const caf::error& why) { ADD_FAILURE() << describe(why); });
    std::move(late).receive(
        [](const endpoint&) { ADD_FAILURE(); },
        [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::closed)); });
  }
}

TEST_F(Close, EndsTheActorNormally) {
  const auto sock = here.open(family::udp4);
  here.self->monitor(sock);
  ASSERT_FALSE(here.tell(sock, close{}));
  here.self->receive([](const caf::down_msg& down) { EXPECT_FALSE(down.reason); },
                     caf::after(patience) >> [] { ADD_FAILURE() << "no down message"; });
}

TEST_F(Close, SendsWhatWasAcceptedBefore) {
  const auto [server, at] = here.open_bound(family::udp4, here.self);
  here.await<listening_event>();
  const auto client = here.open(family::udp4);
  for (int i = 0; i < 50; ++i) tell(here.self, client, dgram::send{std::to_string(i), at});
  tell(here.self, client, close{});
  for (int i = 0; i < 50; ++i) ASSERT_EQ(here.next_line(), "message " + std::to_string(i));
}

TEST_F(Close, SendsWhatStillWaitsForItsName) {
  const auto [server, at] = here.open_bound(family::udp4, here.self);
  here.await<listening_event>();
  for (int round = 0; round < 20; ++round) {
    const auto client = here.open(family::udp4);
    tell(here.self, client, dgram::send{"bye", "localhost", at.port()});
    tell(here.self, client, close{});
    ASSERT_EQ(here.next_line(), "message bye");
  }
}

TEST_F(Close, SendsWhatAFullSocketStillHolds) {
  const auto [server, at] = here.open_bound(family::udp4, here.self);
  here.await<listening_event>();
  faulty_kernel kernel;
  use_kernel(here.net, kernel);
  const auto client = *here.net.open(family::udp4);
  kernel.send_error = ENOBUFS;
  kernel.failing_sends = 3;
  tell(here.self, client, dgram::send{"late", at});
  EXPECT_FALSE(here.tell(client, close{}));
  EXPECT_EQ(here.next_line(), "message late");
}

TEST_F(Close, GivesUpAfterTheLingerTimeAndTellsWhatWasNotSent) {
  auto runtime_with_linger = test_options();
  runtime_with_linger.linger = std::chrono::milliseconds(50);
  faulty_kernel kernel;
  node there(system, runtime_with_linger);
  use_kernel(there.net, kernel);
  const auto sock = there.open(family::udp4, there.self);
  kernel.send_error = ENOBUFS;
  kernel.failing_sends = -1;
  auto asked = send_request(there.self, sock, patience, dgram::send{"x", {"127.0.0.1", 9}});
  tell(there.self, sock, dgram::send{"y", {"127.0.0.1", 9}});
  EXPECT_FALSE(there.tell(sock, close{}));
  std::move(asked).receive([](std::uint64_t) { ADD_FAILURE(); },
                           [](const caf::error& why) {
                             EXPECT_THAT(why, FailsWith(errc::closed));
                             EXPECT_THAT(describe(why), HasSubstr("send to 127.0.0.1:9"));
                           });
  EXPECT_THAT(there.next_line(), HasSubstr("listening"));
  EXPECT_THAT(there.next_line(), HasSubstr("error send to 127.0.0.1:9: the socket was closed"));
  EXPECT_EQ(there.next_line(), "close");
}

TEST_F(Close, GivesUpOnANameThatNeverResolves) {
  scripted_resolver script(system);
  auto options = test_options();
  options.resolver = script.handle();
  options.linger = std::chrono::milliseconds(50);
  node there(system, options);
  const auto sock = there.open(family::udp4);
  auto sent = send_request(there.self, sock, patience, dgram::send{"x", "slow.test", 9});
  EXPECT_EQ(script.await_question(), "udp4 slow.test");
  EXPECT_FALSE(there.tell(sock, close{}));
  std::move(sent).receive([](std::uint64_t) { ADD_FAILURE(); },
                          [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::closed)); });
}

class CloseBehindAName : public SocketTest {
 protected:
  static runtime_options options_with(const scripted_resolver& script) {
    auto options = test_options();
    options.resolver = script.handle();
    return options;
  }

  scripted_resolver script{system};
};

TEST_F(CloseBehindAName, WaitsForABindAndTheSendsBehindIt) {
  node there(system, options_with(script));
  const auto [server, at] = there.open_bound(family::udp4, there.self);
  there.await<listening_event>();
  const auto sock = there.open(family::udp4);
  auto bound = send_request(there.self, sock, patience, bind{{"here.test", 0}});
  tell(there.self, sock, dgram::send{"last words", at});
  auto closed = send_request(there.self, sock, patience, close{});
  EXPECT_EQ(script.await_question(), "udp4 here.test");
  script.answer_all(endpoint::loopback(family::udp4, 0));
  const auto fail = [](const caf::error& why) { ADD_FAILURE() << describe(why); };
  std::move(bound).receive([](const endpoint&) {}, fail);
  std::move(closed).receive([] {}, fail);
  EXPECT_EQ(there.next_line(), "message last words");
}

TEST_F(CloseBehindAName, GivesUpAfterTheLingerTime) {
  auto options = options_with(script);
  options.linger = std::chrono::milliseconds(50);
  node there(system, options);
  const auto sock = there.open(family::udp4);
  auto bound = send_request(there.self, sock, patience, bind{{"slow.test", 0}});
  EXPECT_EQ(script.await_question(), "udp4 slow.test");
  EXPECT_FALSE(there.tell(sock, close{}));
  std::move(bound).receive(
      [](const endpoint&) { ADD_FAILURE(); },
      [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::closed)); });
}

TEST_F(CloseBehindAName, WhatWasSentWithoutRequestIsToldToSubscribers) {
  auto options = options_with(script);
  options.linger = std::chrono::milliseconds(50);
  node there(system, options);
  const auto sock = there.open(family::udp4, there.self);
  tell(there.self, sock, bind{{"slow.test", 0}});
  for (int i = 0; i < 3; ++i) tell(there.self, sock, dgram::send{"x", {"127.0.0.1", 9}});
  tell(there.self, sock, set_ttl{1});
  tell(there.self, sock, close{});
  EXPECT_EQ(there.next_line(), "error bind \"slow.test\": the socket is closed");
  EXPECT_EQ(there.next_line(), "error set ttl: the socket is closed");
  // However many they are.
  const auto unsent = there.await<error_event>();
  EXPECT_EQ(describe(unsent.reason), "send: the socket is closed");
  EXPECT_EQ(unsent.withheld, 2U);
  EXPECT_EQ(there.next_line(), "close");
}

TEST_F(CloseBehindAName, AKillDoesNotWait) {
  auto options = options_with(script);
  options.linger = patience * 10;
  node there(system, options);
  const auto sock = there.open(family::udp4);
  auto connected = send_request(there.self, sock, patience, connect{{"slow.test", 1}});
  auto late = send_request(there.self, sock, patience, get_local_address{});
  EXPECT_EQ(script.await_question(), "udp4 slow.test");
  there.self->send_exit(sock, caf::exit_reason::kill);
  for (auto* request : {&connected, &late}) {
    std::move(*request).receive(
        [](const endpoint&) { ADD_FAILURE(); },
        [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::closed)); });
  }
}

TEST_F(Close, WhileClosingCommandsFailAlready) {
  faulty_kernel kernel;
  use_kernel(here.net, kernel);
  const auto sock = *here.net.open(family::udp4);
  kernel.send_error = ENOBUFS;
  kernel.failing_sends = -1;
  tell(here.self, sock, dgram::send{"x", {"127.0.0.1", 9}});
  auto closed = send_request(here.self, sock, patience, close{});
  EXPECT_THAT(here.error_of<endpoint>(sock, get_local_address{}), FailsWith(errc::closed));
  kernel.failing_sends = 0;
  std::move(closed).receive([] {}, [](const caf::error& why) { ADD_FAILURE() << describe(why); });
}

}  // namespace
}  // namespace dgram::testing
