#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/scripted_resolver.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;
using Close = SocketTest;

TEST_F(Close, PublishesCloseAsTheLastEvent) {
  const auto [sock, at] = here.open_bound(family::udp4, here.probe());
  EXPECT_FALSE(here.tell(sock, close{}));
  EXPECT_EQ(here.next_line(), "listening " + at.to_string());
  EXPECT_EQ(here.next_line(), "close");
  tell(here.self, sock, dgram::send{"x", 0});
  EXPECT_THAT(here.error_of<std::uint64_t>(sock, dgram::send{"x", at}), FailsWith(errc::closed));
  EXPECT_FALSE(here.has_event());
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
  expect(here.tell(sock, subscribe{here.probe(), delivery::single, subscribe::unlimited,
                                   excess::pause, subscribe::default_backlog, event_kinds::all}),
         "subscribe");
  expect(here.tell(sock, unsubscribe{here.probe()}), "unsubscribe");
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
  const auto [server, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  const auto client = here.open(family::udp4);
  for (int i = 0; i < 50; ++i) tell(here.self, client, dgram::send{std::to_string(i), at});
  tell(here.self, client, close{});
  for (int i = 0; i < 50; ++i) ASSERT_EQ(here.next_line(), "message " + std::to_string(i));
}

TEST_F(Close, SendsWhatStillWaitsForItsName) {
  const auto [server, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  for (int round = 0; round < 20; ++round) {
    const auto client = here.open(family::udp4);
    tell(here.self, client, dgram::send{"bye", "localhost", at.port()});
    tell(here.self, client, close{});
    ASSERT_EQ(here.next_line(), "message bye");
  }
}

TEST_F(Close, SendsWhatAFullSocketStillHolds) {
  const auto [server, at] = here.open_bound(family::udp4, here.probe());
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
  const auto sock = there.open(family::udp4, there.probe());
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

TEST_F(Close, GivesUpAfterTheLingerTimeHoweverOftenItIsAskedAgain) {
  faulty_kernel kernel;
  kernel.send_error = ENOBUFS;
  kernel.failing_sends = -1;
  auto options = test_options();
  options.linger = std::chrono::milliseconds(200);
  node with_linger(system, options);
  use_kernel(with_linger.net, kernel);
  const auto [sock, at] = with_linger.open_bound(family::udp4, with_linger.probe());
  tell(with_linger.self, sock, dgram::send{"stuck", at});
  EXPECT_TRUE(comes_true([&, &sock = sock] {
    tell(with_linger.self, sock, close{});
    return with_linger.net.open_sockets() == 0;
  }));
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
  const auto [server, at] = there.open_bound(family::udp4, there.probe());
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
  const auto sock = there.open(family::udp4, there.probe());
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
  const auto closed = there.await<close_event>();
  EXPECT_FALSE(closed.reason);
  EXPECT_EQ(closed.counted.unsent, 3U);
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

TEST_F(Close, TellsThatDatagramsWereNotRead) {
  const temp_dir directory;
  for (const auto f : {family::udp4, family::udp6, family::unix_dgram}) {
    auto with = heard_by(here.probe());
    with.local = is_udp(f) ? address(endpoint::loopback(f, 0)) : address::path(directory.file("s"));
    with.credits = 1;
    const auto sock = here.open(f, with);
    const auto at = here.await<listening_event>().local;
    const auto client = here.open(f);
    ASSERT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"read", at}));
    EXPECT_EQ(here.next_line(), "message read");
    EXPECT_EQ(here.next_line(), "passive");
    ASSERT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"", at}));
    EXPECT_FALSE(here.tell(sock, close{}));
    EXPECT_EQ(here.next_line(), "kernel drop 0 of 0");
    EXPECT_EQ(here.next_line(), "close");
  }
}

TEST_F(Close, TellsTheLastCounts) {
  const auto [sock, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"four", at}));
    here.await<message_event>();
  }
  ASSERT_FALSE(here.tell(sock, close{}));
  const auto counted = here.await<close_event>().counted;
  EXPECT_EQ(counted.sent, 3U);
  EXPECT_EQ(counted.sent_bytes, 12U);
  EXPECT_EQ(counted.received, 3U);
  EXPECT_EQ(counted.unsent, 0U);
  EXPECT_TRUE(counted.subscribers.empty());
}

/// A Unix socket whose peer's queue is full.
class FullUnixPeer : public SocketTest {
 protected:
  FullUnixPeer() {
    EXPECT_TRUE(peer.bind(to).ok());
    auto filler = *dgram::socket::open(family::unix_dgram);
    while (filler.send({payload("fill")}, &to).error == 0) {
    }
    many.add_segments(std::string(1000, 'x'), 1, to);
  }

  void expect_unsent(std::uint64_t datagrams) {
    const auto error = here.await<error_event>();
    EXPECT_EQ(error.withheld + 1, datagrams);
    EXPECT_EQ(here.await<close_event>().counted.unsent, datagrams);
    EXPECT_FALSE(here.has_event());
  }

  const temp_dir directory;
  const endpoint to = *endpoint::unix_path(directory.file("peer"));
  dgram::socket peer = *dgram::socket::open(family::unix_dgram);
  batch many;
  const socket_actor sock = here.open(family::unix_dgram, here.probe());
};

TEST_F(FullUnixPeer, BatchesThatWaitAreCountedInOneErrorWhenTheSocketIsKilled) {
  for (int i = 0; i < 5; ++i) tell(here.self, sock, send_batch{many});
  ASSERT_EQ(here.ask<statistics>(sock, get_statistics{})->queued, 5000U);
  here.self->send_exit(sock, caf::exit_reason::kill);
  expect_unsent(5000);
}

TEST_F(FullUnixPeer, BatchesThatWaitAreCountedInOneErrorAfterTheLingerTime) {
  tell(here.self, sock, send_batch{many});
  ASSERT_FALSE(here.tell(sock, close{}));
  expect_unsent(1000);
}

TEST_F(FullUnixPeer, DoesNotHoldUpOthers) {
  const auto free_path = *endpoint::unix_path(directory.file("free"));
  auto free = *dgram::socket::open(family::unix_dgram);
  ASSERT_TRUE(free.bind(free_path).ok());
  tell(here.self, sock, send_batch{many});
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", free_path}));
  EXPECT_EQ(here.ask<statistics>(sock, get_statistics{})->queued, 1000U);
}

class CloseOfABusyLoop : protected with_kernel<faulty_kernel>, public SocketTest {};

TEST_F(CloseOfABusyLoop, CountsBatchesThatNeverLeftTheMailbox) {
  use_kernel(here.net, kernel);
  const auto blocker = here.open_bound(family::udp4).first;
  const auto [sock, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  std::unique_lock<std::mutex> gate(kernel.gate);
  kernel.is_halted = false;
  tell(here.self, blocker, dgram::send{"x", at});
  ASSERT_TRUE(comes_true([&] { return kernel.is_halted.load(); }));
  batch many;
  many.add_segments(std::string(100, 'x'), 1, at);
  // CAF handles the kill before what came earlier.
  for (int i = 0; i < 3; ++i) tell(here.self, sock, send_batch{many});
  here.self->send_exit(sock, caf::exit_reason::kill);
  gate.unlock();
  const auto error = here.await<error_event>();
  EXPECT_EQ(error.operation, send_batch::operation);
  EXPECT_EQ(error.withheld, 299U);
  EXPECT_EQ(here.await<close_event>().counted.unsent, 300U);
}

TEST(CloseForEver, IsNotOverAtOnce) {
  faulty_kernel kernel;
  system_config config;
  caf::actor_system system{config};
  auto options = test_options();
  options.linger = std::chrono::milliseconds::max();
  options.resolve_timeout = std::chrono::milliseconds::max();
  options.report_waiting_after = std::chrono::milliseconds::max();
  node here{system, options};
  use_kernel(here.net, kernel);
  const auto [sock, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  kernel.send_error = ENOBUFS;
  kernel.failing_sends = -1;
  for (int i = 0; i < 30; ++i) tell(here.self, sock, dgram::send{"x", at});
  auto closed = send_request(here.self, sock, patience, close{});
  // Several tries later it still waits.
  const auto before = kernel.send_tries.load();
  EXPECT_TRUE(comes_true([&] { return kernel.send_tries > before + 5; }));
  EXPECT_FALSE(here.has_event());
  kernel.failing_sends = 0;
  std::move(closed).receive([] {}, [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  EXPECT_EQ(here.await<close_event>().counted.sent, 30U);
}

TEST_F(Close, WhatIsSentWhileItWaitsIsRefusedAndCounted) {
  faulty_kernel kernel;
  auto with_linger = test_options();
  with_linger.linger = patience;
  node there(system, with_linger);
  use_kernel(there.net, kernel);
  const auto sock = there.open_bound(family::udp4, there.probe()).first;
  there.await<listening_event>();
  kernel.send_error = ENOBUFS;
  kernel.failing_sends = -1;
  const auto to = endpoint::loopback(family::udp4, 9);
  tell(there.self, sock, dgram::send{"in time", to});
  auto closed = send_request(there.self, sock, patience, close{});
  tell(there.self, sock, dgram::send{"late", to});
  batch late;
  late.add_segments("xyz", 1, to);
  EXPECT_THAT(there.error_of<batch_result>(sock, send_batch{late}), FailsWith(errc::closed));
  EXPECT_THAT(there.error_of<std::uint64_t>(sock, dgram::send{"late", to}),
              FailsWith(errc::closed));
  kernel.failing_sends = 0;
  std::move(closed).receive([] {}, [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  const auto error = there.await<error_event>();
  EXPECT_EQ(describe(error.reason), "send: the socket is closed");
  EXPECT_EQ(error.withheld, 0U);
  const auto counted = there.await<close_event>().counted;
  EXPECT_EQ(counted.sent, 1U);
  EXPECT_EQ(counted.unsent, 5U);
}

TEST_F(CloseBehindAName, GivesUpAfterTheLingerTimeWhateverElseIsDueBefore) {
  auto options = options_with(script);
  options.linger = std::chrono::milliseconds(400);
  options.resolve_timeout = patience * 10;
  node there(system, options);
  const auto sock = there.open_bound(family::udp4, there.probe()).first;
  // More errors than are told at once: the others are due within 100 ms.
  for (int i = 0; i < 30; ++i) {
    tell(there.self, sock, dgram::send{"x", endpoint::loopback(family::udp4, 0)});
  }
  tell(there.self, sock, dgram::send{"x", "slow.test", 9});
  EXPECT_EQ(script.await_question(), "udp4 slow.test");
  tell(there.self, sock, close{});
  EXPECT_EQ(there.await<close_event>().counted.unsent, 1U);
}

TEST_F(CloseBehindAName, EndsAtOnceWhenTheLastNameIsNotFound) {
  auto options = options_with(script);
  options.linger = patience * 10;
  node there(system, options);
  const auto sock = there.open(family::udp4, there.probe());
  tell(there.self, sock, dgram::send{"x", "gone.test", 9});
  EXPECT_EQ(script.await_question(), "udp4 gone.test");
  auto closed = send_request(there.self, sock, patience, close{});
  EXPECT_THAT(there.error_of<endpoint>(sock, get_local_address{}), FailsWith(errc::closed));
  script.fail_all("no such host");
  std::move(closed).receive([] {}, [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  EXPECT_THAT(there.await<error_event>().reason, FailsWith(errc::name_not_resolved));
  EXPECT_EQ(there.await<close_event>().counted.unsent, 0U);
}

}  // namespace
}  // namespace dgram::testing
