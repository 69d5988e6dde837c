#include <netinet/in.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/scripted_resolver.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unresolvable.h"

namespace dgram::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Send : public SocketTest {
 protected:
  Send() { here.await<listening_event>(); }

  std::pair<socket_actor, endpoint> bound = here.open_bound(family::udp4, here.probe());
  const endpoint at = bound.second;
  const socket_actor client = here.open(family::udp4);

  caf::error send_error(dgram::send command) {
    return here.error_of<std::uint64_t>(client, std::move(command));
  }
};

TEST_F(Send, AnswersWithTheBytesAndDelivers) {
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{"hello", at}), 5U);
  const auto event = here.await<message_event>();
  EXPECT_EQ(event.data, payload("hello"));
  EXPECT_EQ(event.size, 5U);
  EXPECT_EQ(event.sender.port(), here.ask<endpoint>(client, get_local_address{})->port());
}

TEST_F(Send, BindsAnUnboundUdpSocketAndItReceives) {
  ASSERT_FALSE(
      here.tell(client, subscribe{here.probe(), delivery::single, subscribe::unlimited,
                                  excess::pause, subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"ping", at}));
  const auto listening = here.await<listening_event>();
  EXPECT_EQ(listening.local.host(), "0.0.0.0");
  const auto ping = here.await<message_event>();
  ASSERT_TRUE(here.ask<std::uint64_t>(bound.first, dgram::send{"pong", ping.sender}));
  EXPECT_EQ(here.await<message_event>().data, payload("pong"));
  // It happens once.
  ASSERT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"again", at}));
  EXPECT_EQ(here.next_line(), "message again");
}

TEST_F(Send, TakesAHostNameAndAPort) {
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{"hi", "localhost", at.port()}), 2U);
  EXPECT_EQ(here.next_line(), "message hi");
}

TEST_F(Send, TakesAPortAloneAsLoopback) {
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{"hi", at.port()}), 2U);
  EXPECT_EQ(here.next_line(), "message hi");
}

TEST_F(Send, TakesAPartOfAPayload) {
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{"hello world", 6, 3, at}), 3U);
  EXPECT_EQ(here.next_line(), "message wor");
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{"hello", 5, 0, at}), 0U);
  EXPECT_EQ(here.next_line(), "message ");
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{"hello", 3, dgram::send::whole, at}), 2U);
  EXPECT_EQ(here.next_line(), "message lo");
}

TEST_F(Send, RefusesAPartBeyondThePayload) {
  struct part {
    std::int64_t offset;
    std::int64_t length;
  };
  for (const auto& [offset, length] :
       {part{0, 6}, part{6, 0}, part{3, 3}, part{-1, 2}, part{0, -2}, part{1, INT64_MAX},
        part{INT64_MAX, 1}, part{INT64_MIN, INT64_MIN}}) {
    const auto why = send_error({"hello", offset, length, at});
    EXPECT_THAT(why, FailsWith(errc::out_of_range)) << offset << " " << length;
    EXPECT_THAT(describe(why), AllOf(HasSubstr(std::to_string(offset)),
                                     HasSubstr(std::to_string(length)), HasSubstr("5 bytes")));
  }
  ASSERT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"fine", at}));
  EXPECT_EQ(here.next_line(), "message fine");
}

TEST_F(Send, GathersSeveralBuffersIntoOneDatagram) {
  const std::vector<payload> parts{payload("a"), payload(), payload("bc"), payload("def")};
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{parts, at}), 6U);
  EXPECT_EQ(here.next_line(), "message abcdef");
}

TEST_F(Send, RefusesMoreBuffersThanOneDatagramTakes) {
  EXPECT_THAT(send_error(dgram::send{std::vector<payload>(1025, payload("x")), at}),
              FailsWith(errc::out_of_range));
}

TEST_F(Send, CarriesAnEmptyDatagram) {
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{payload(), at}), 0U);
  const auto event = here.await<message_event>();
  EXPECT_EQ(event.size, 0U);
  EXPECT_TRUE(event.data.empty());
}

TEST_F(Send, CarriesTheLargestDatagramAndRefusesALargerOne) {
  const std::string largest(65'507, 'x');
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{payload(largest), at}), 65'507U);
  EXPECT_EQ(here.await<message_event>().data.view(), largest);
  const auto why = send_error(dgram::send{payload(largest + 'x'), at});
  EXPECT_THAT(why, FailsWith(errc::payload_too_large));
  EXPECT_EQ(errno_of(why), 0);  // Known before any system call.
  EXPECT_THAT(describe(why), AllOf(HasSubstr("65508 bytes"), HasSubstr("65507")));
}

TEST_F(Send, RefusesADatagramThatOnlyTheKernelKnowsToBeTooLarge) {
  const temp_dir directory;
  const auto receiver = here.open(family::unix_dgram);
  ASSERT_TRUE(here.ask<endpoint>(receiver, bind{address::path(directory.file("s"))}));
  const auto sock = here.open(family::unix_dgram);
  const auto why = here.error_of<std::uint64_t>(
      sock, dgram::send{payload(std::string(16 << 20, 'x')), address::path(directory.file("s"))});
  EXPECT_THAT(why, FailsWith(errc::payload_too_large));
  EXPECT_EQ(errno_of(why), EMSGSIZE);
}

TEST_F(Send, CarriesUnixDatagramsLargerThanUdpOnes) {
  const temp_dir directory;
  const auto receiver = here.open(family::unix_dgram, here.probe());
  ASSERT_TRUE(here.ask<endpoint>(receiver, bind{address::path(directory.file("s"))}));
  here.await<listening_event>();
  const auto sock = here.open(family::unix_dgram);
  const std::string large(150'000, 'x');
  ASSERT_EQ(*here.ask<std::uint64_t>(
                sock, dgram::send{payload(large), address::path(directory.file("s"))}),
            large.size());
  EXPECT_EQ(here.await<message_event>().data.view(), large);
}

TEST_F(Send, RefusesBadDestinationsBeforeAnySystemCall) {
  const auto refusal = [&](const address& to) {
    const auto why = send_error(dgram::send{"x", to});
    EXPECT_EQ(errno_of(why), 0) << describe(why);
    EXPECT_THAT(describe(why), HasSubstr("send"));
    return code_of(why);
  };
  EXPECT_EQ(refusal(0), errc::invalid_port);
  EXPECT_EQ(refusal(65'536), errc::invalid_port);
  EXPECT_EQ(refusal({"localhost", -5}), errc::invalid_port);
  EXPECT_EQ(refusal({"", 1}), errc::invalid_name);
  EXPECT_EQ(refusal(endpoint::loopback(family::udp6, 1)), errc::wrong_family);
  EXPECT_EQ(refusal(address::path("/x")), errc::wrong_family);
  EXPECT_EQ(refusal({}), errc::not_connected);
  // None of them bound the socket.
  EXPECT_THAT(here.error_of<endpoint>(client, get_local_address{}), FailsWith(errc::not_bound));
}

TEST_F(Send, RefusesAnotherDestinationThanThePeerOnAConnectedSocket) {
  ASSERT_TRUE(here.ask<endpoint>(client, connect{at}));
  EXPECT_THAT(send_error(dgram::send{"x", at.with_port(at.port() ^ 1U)}),
              FailsWith(errc::already_connected));
  EXPECT_FALSE(send_error(dgram::send{"x", at}));
}

TEST_F(Send, ToANameThatDoesNotResolveTellsNameAndReason) {
  const auto why = send_error(dgram::send{"x", unresolvable, 1});
  EXPECT_THAT(why, FailsWith(errc::name_not_resolved));
  EXPECT_THAT(describe(why), AllOf(HasSubstr("send"), HasSubstr(unresolvable)));
}

TEST_F(Send, ToAnUnboundUnixPathIsAnErrorAndTheSocketGoesOn) {
  const temp_dir directory;
  const auto sock = here.open(family::unix_dgram);
  const auto to = address::path(directory.file("s"));
  EXPECT_EQ(errno_of(here.error_of<std::uint64_t>(sock, dgram::send{"x", to})), ENOENT);
  const auto receiver = here.open(family::unix_dgram, here.probe());
  ASSERT_TRUE(here.ask<endpoint>(receiver, bind{to}));
  here.await<listening_event>();
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", to}));
  EXPECT_EQ(here.next_line(), "message x");
}

TEST_F(Send, WithoutRequestIsNotAnsweredAndItsErrorGoesToSubscribers) {
  ASSERT_FALSE(
      here.tell(client, subscribe{here.probe(), delivery::single, subscribe::unlimited,
                                  excess::pause, subscribe::default_backlog, event_kinds::all}));
  tell(here.self, client, dgram::send{"fine", at});
  tell(here.self, client, dgram::send{"x", 0});
  tell(here.self, client, dgram::send{"x", unresolvable, 1});
  EXPECT_THAT(here.next_line(), HasSubstr("listening"));
  EXPECT_THAT(here.await<error_event>().reason, FailsWith(errc::invalid_port));
  EXPECT_THAT(here.await<error_event>().reason, FailsWith(errc::name_not_resolved));
  EXPECT_EQ(here.next_line(), "message fine");
  // Nothing but events came: no result, no error addressed to the sender.
  EXPECT_FALSE(here.has_event());
}

TEST_F(Send, ARequestsErrorIsNotPublishedToo) {
  ASSERT_FALSE(
      here.tell(client, subscribe{here.probe(), delivery::single, subscribe::unlimited,
                                  excess::pause, subscribe::default_backlog, event_kinds::all}));
  EXPECT_THAT(send_error(dgram::send{"x", 0}), FailsWith(errc::invalid_port));
  ASSERT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"after", at}));
  EXPECT_THAT(here.next_line(), HasSubstr("listening"));
  EXPECT_EQ(here.next_line(), "message after");
}

TEST_F(Send, OfOneSenderLeaveInOrder) {
  for (int i = 0; i < 100; ++i) tell(here.self, client, dgram::send{std::to_string(i), at});
  for (int i = 0; i < 100; ++i) ASSERT_EQ(here.next_line(), "message " + std::to_string(i));
}

TEST_F(Send, ThatWaitsForAFullSocketGoesOutLater) {
  faulty_kernel kernel;
  use_kernel(here.net, kernel);
  const auto sock = *here.net.open(family::udp4);
  for (const int error : {EAGAIN, ENOBUFS}) {
    kernel.send_error = error;
    kernel.failing_sends = 3;
    tell(here.self, sock, dgram::send{"1", at});
    EXPECT_EQ(*here.ask<std::uint64_t>(sock, dgram::send{"2", at}), 1U);
    EXPECT_EQ(here.next_line(), "message 1");
    EXPECT_EQ(here.next_line(), "message 2");
  }
  ASSERT_FALSE(here.tell(sock, close{}));
}

TEST_F(Send, TellsWhatTheKernelRefused) {
  faulty_kernel kernel;
  use_kernel(here.net, kernel);
  const auto sock = *here.net.open(family::udp4);
  kernel.send_error = EPERM;
  kernel.failing_sends = 1;
  const auto why = here.error_of<std::uint64_t>(sock, dgram::send{"x", at});
  EXPECT_EQ(describe(why), "send to " + at.to_string() + ": EPERM (Operation not permitted)");
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"y", at}));
  EXPECT_EQ(here.next_line(), "message y");
  ASSERT_FALSE(here.tell(sock, close{}));
}

TEST_F(Send, WaitsForASlowUnixPeer) {
  const temp_dir directory;
  auto slow = *dgram::socket::open(family::unix_dgram);
  ASSERT_TRUE(slow.bind(*endpoint::unix_path(directory.file("s"))).ok());
  const auto sock = here.open(family::unix_dgram);
  const auto to = address::path(directory.file("s"));
  constexpr int count = 1000;  // More than the peer's queue takes (net.unix.max_dgram_qlen).
  for (int i = 1; i < count; ++i) tell(here.self, sock, dgram::send{std::to_string(i), to});
  auto last = send_request(here.self, sock, patience, dgram::send{std::to_string(count), to});
  std::array<char, 16> buffer{};
  const auto until = std::chrono::steady_clock::now() + patience;
  for (int next = 1; next <= count && std::chrono::steady_clock::now() < until;) {
    const auto got = slow.receive(absl::MakeSpan(buffer));
    if (got.error != 0) continue;
    ASSERT_EQ(std::string(buffer.data(), got.stored), std::to_string(next++));
  }
  std::move(last).receive([](std::uint64_t bytes) { EXPECT_EQ(bytes, 4U); },
                          [](const caf::error& why) { ADD_FAILURE() << describe(why); });
}

class SendByName : public SocketTest {
 protected:
  SendByName() { there.await<listening_event>(); }

  static runtime_options options_with(const scripted_resolver& script) {
    auto options = test_options();
    options.resolver = script.handle();
    options.max_waiting_for_names = 3;
    return options;
  }

  scripted_resolver script{system};
  node there{system, options_with(script)};
  std::pair<socket_actor, endpoint> bound = there.open_bound(family::udp4, there.probe());
  const endpoint at = bound.second;
  const socket_actor client = there.open(family::udp4);
  const endpoint answer = endpoint::loopback(family::udp4, 0);
};

TEST_F(SendByName, IsOvertakenByOnesThatNeedNoLookUp) {
  tell(there.self, client, dgram::send{"by name", "a.test", at.port()});
  tell(there.self, client, dgram::send{"by number", at});
  EXPECT_EQ(there.next_line(), "message by number");
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  script.answer_all(answer);
  EXPECT_EQ(there.next_line(), "message by name");
}

TEST_F(SendByName, KeepsTheOrderOfOnesToTheSameNameAndAsksOnce) {
  for (const char* text : {"1", "2", "3"}) {
    tell(there.self, client, dgram::send{text, "a.test", at.port()});
  }
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  // A question for another name proves that no second one was asked before.
  const auto other = there.open(family::udp4);
  tell(there.self, other, dgram::send{"x", "b.test", at.port()});
  EXPECT_EQ(script.await_question(), "udp4 b.test");
  script.answer_all(answer);
  std::vector<std::string> lines;
  for (int i = 0; i < 4; ++i) {
    if (const auto line = there.next_line(); line != "message x") lines.push_back(line);
  }
  EXPECT_THAT(lines, ::testing::ElementsAre("message 1", "message 2", "message 3"));
}

TEST_F(SendByName, IsBoundedInNumber) {
  for (int i = 0; i < 3; ++i) {
    tell(there.self, client, dgram::send{"x", "a.test", at.port()});
  }
  EXPECT_THAT(there.error_of<std::uint64_t>(client, dgram::send{"x", "a.test", at.port()}),
              FailsWith(errc::queue_full));
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  script.answer_all(answer);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(there.next_line(), "message x");
  auto next = send_request(there.self, client, patience, dgram::send{"y", "a.test", at.port()});
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  script.answer_all(answer);
  std::move(next).receive([](std::uint64_t) {},
                          [](const caf::error& why) { ADD_FAILURE() << describe(why); });
}

TEST_F(SendByName, FailsWithTheResolversReason) {
  auto sent = send_request(there.self, client, patience, dgram::send{"x", "a.test", at.port()});
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  script.fail_all("the name server is on holiday");
  std::move(sent).receive(
      [](std::uint64_t) { ADD_FAILURE(); },
      [](const caf::error& why) {
        EXPECT_THAT(why, FailsWith(errc::name_not_resolved));
        EXPECT_THAT(describe(why),
                    AllOf(HasSubstr("a.test"), HasSubstr("the name server is on holiday")));
      });
  EXPECT_EQ(there.ask<statistics>(client, get_statistics{})->send_rejected, 1U);
}

TEST_F(SendByName, FailsWhenTheResolverFindsNoAddressOfTheFamily) {
  auto sent = send_request(there.self, client, patience, dgram::send{"x", "a.test", at.port()});
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  script.answer_all(endpoint::loopback(family::udp6, 0));
  std::move(sent).receive(
      [](std::uint64_t) { ADD_FAILURE(); },
      [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::name_not_resolved)); });
}

TEST_F(SendByName, BeyondTheLimitIsReportedOnceAndWithTheirNumberLater) {
  const auto sender = there.open(family::udp4, there.probe());
  for (int i = 0; i < 20; ++i) {
    tell(there.self, sender, dgram::send{"x", "a.test", at.port()});
  }
  EXPECT_THAT(there.next_line(), HasSubstr("listening"));
  EXPECT_EQ(there.next_line(), "error send to \"a.test\": 3 sends wait for host names already");
  EXPECT_EQ(there.ask<statistics>(sender, get_statistics{})->send_dropped, 17U);
  EXPECT_FALSE(there.has_event());
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  script.answer_all(answer);
  std::vector<std::string> lines;
  for (int i = 0; i < 4; ++i) lines.push_back(there.next_line());
  EXPECT_THAT(lines,
              ::testing::UnorderedElementsAre("drain 17", "message x", "message x", "message x"));
}

TEST_F(SendByName, BeyondTheLimitIsOverOnceHalfOfThemAreAnswered) {
  const auto sender = there.open(family::udp4, there.probe());
  for (const char* name : {"a.test", "b.test", "c.test", "d.test"}) {
    tell(there.self, sender, dgram::send{"x", name, at.port()});
  }
  EXPECT_THAT(there.next_line(), HasSubstr("listening"));
  EXPECT_THAT(there.next_line(), HasSubstr("3 sends wait for host names already"));
  for (int i = 0; i < 3; ++i) script.await_question();
  script.answer_first(answer);
  EXPECT_EQ(there.next_line(), "message x");
  ASSERT_TRUE(there.ask<statistics>(sender, get_statistics{}));
  EXPECT_FALSE(there.has_event());
  script.answer_first(answer);
  std::vector<std::string> lines{there.next_line(), there.next_line()};
  EXPECT_THAT(lines, ::testing::UnorderedElementsAre("message x", "drain 1"));
}

TEST_F(SendByName, ReachesAnIpv4HostFromAUdp6Socket) {
  const auto dual = there.open(family::udp6);
  auto sent = send_request(there.self, dual, patience, dgram::send{"x", "a.test", at.port()});
  EXPECT_EQ(script.await_question(), "udp6 a.test");
  script.answer_all(answer);
  std::move(sent).receive([](std::uint64_t bytes) { EXPECT_EQ(bytes, 1U); },
                          [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  EXPECT_EQ(there.next_line(), "message x");
}

TEST_F(Send, OfAUdp6SocketTakesIpv4Addresses) {
  const auto dual = here.open(family::udp6);
  EXPECT_TRUE(here.ask<std::uint64_t>(dual, dgram::send{"1", "127.0.0.1", at.port()}));
  EXPECT_TRUE(here.ask<std::uint64_t>(dual, dgram::send{"2", at}));
  batch several;
  several.add("3", at);
  EXPECT_EQ(here.ask<batch_result>(dual, send_batch{several})->sent, 1U);
  for (const char* text : {"1", "2", "3"})
    EXPECT_EQ(here.next_line(), std::string("message ") + text);
  EXPECT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"4", "::ffff:127.0.0.1", at.port()}));
  EXPECT_EQ(here.next_line(), "message 4");
}

TEST_F(Send, WithAResponsesIdIsDroppedWithoutTakingRoomInTheMailbox) {
  const auto id = caf::make_message_id(4711).response_id();
  const payload large(std::string(60'000, 'x'));
  // Far more than the mailbox takes.
  for (int i = 0; i < 1000; ++i) {
    send_shared(nullptr, caf::actor_cast<caf::strong_actor_ptr>(client), id,
                caf::make_message(dgram::send{large, at}), nullptr);
  }
  EXPECT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"x", at}));
  EXPECT_EQ(here.next_line(), "message x");
  EXPECT_EQ(here.ask<statistics>(client, get_statistics{})->send_dropped, 0U);
}

/// A socket whose kernel takes no datagram.
class Unsendable : protected with_kernel<faulty_kernel>, public SocketTest {
 protected:
  Unsendable() {
    use_kernel(here.net, kernel);
    kernel.send_error = ENETUNREACH;
    kernel.failing_sends = -1;
    sock = here.open_bound(family::udp4, here.probe()).first;
    here.await<listening_event>();
  }

  /// Waits for events that stand for that many errors; returns their number.
  int events_for(std::uint64_t errors) {
    int events = 0;
    for (std::uint64_t told = 0; told < errors; ++events) {
      const auto event = here.await<error_event>();
      if (::testing::Test::HasFailure()) break;
      told += 1 + event.withheld;
      EXPECT_LE(told, errors);
    }
    return events;
  }

  socket_actor sock;
  const endpoint to = endpoint::loopback(family::udp4, 9);
};

TEST_F(Unsendable, DatagramsSentWithoutRequestAreReportedAtABoundedRate) {
  constexpr std::uint64_t many = 20'000;
  for (std::uint64_t i = 0; i < many; ++i) tell(here.self, sock, dgram::send{"x", to});
  EXPECT_LT(events_for(many), 1000);
  const auto counted = *here.ask<statistics>(sock, get_statistics{});
  EXPECT_EQ(counted.send_errors, many);
  ASSERT_EQ(counted.errors.size(), 1U);
  EXPECT_EQ(counted.errors.front().error, ENETUNREACH);
  EXPECT_EQ(counted.errors.front().count, many);
  EXPECT_FALSE(here.has_event());
}

TEST_F(Unsendable, DestinationsAreReportedAtABoundedRate) {
  // What an echo server is made to send by datagrams with a forged source.
  for (int i = 0; i < 5000; ++i) {
    tell(here.self, sock, dgram::send{"x", endpoint::loopback(family::udp4, 0)});
  }
  EXPECT_LT(events_for(5000), 1000);
  EXPECT_EQ(here.ask<statistics>(sock, get_statistics{})->send_rejected, 5000U);
}

TEST_F(Unsendable, BatchesAreReportedWithTheNumberOfTheirDatagrams) {
  batch many;
  many.add_segments(std::string(1000, 'x'), 1, to);
  tell(here.self, sock, send_batch{many});
  const auto event = here.await<error_event>();
  EXPECT_EQ(event.withheld, 999U);
  EXPECT_EQ(event.operation, send_batch::operation);
}

TEST_F(Unsendable, RequestsAreAnsweredEach) {
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(errno_of(here.error_of<std::uint64_t>(sock, dgram::send{"x", to})), ENETUNREACH);
  }
  EXPECT_FALSE(here.has_event());
}

TEST_F(Unsendable, ErrorsThatAreWithheldAreToldBeforeTheEnd) {
  for (int i = 0; i < 30; ++i) tell(here.self, sock, dgram::send{"x", to});
  ASSERT_FALSE(here.tell(sock, close{}));
  std::uint64_t told = 0;
  while (told < 30 && !HasFailure()) told += 1 + here.await<error_event>().withheld;
  EXPECT_EQ(told, 30U);
  EXPECT_EQ(here.await<close_event>().counted.send_errors, 30U);
}

/// A batch that takes a loop many turns to send.
class LongBatch : public SocketTest {
 protected:
  LongBatch() {
    many.add_segments(std::string(datagrams, 'x'), 1, endpoint::loopback(family::udp4, 9));
    sock = here.open(family::udp4, here.probe());
  }

  static constexpr std::size_t datagrams = 2'000'000;
  batch many;
  socket_actor sock;
  const socket_actor other = here.open(family::udp4);
};

TEST_F(LongBatch, LeavesOthersOfItsLoopTheirTurn) {
  auto sent = send_request(here.self, sock, patience, send_batch{many});
  EXPECT_TRUE(here.ask<option_value>(other, get_option{option::broadcast}));
  const auto meanwhile = *here.ask<statistics>(sock, get_statistics{});
  EXPECT_LT(meanwhile.sent, datagrams);
  EXPECT_GT(meanwhile.queued, 0U);
  std::move(sent).receive([](const batch_result& result) { EXPECT_EQ(result.sent, datagrams); },
                          [](const caf::error& why) { ADD_FAILURE() << describe(why); });
}

TEST_F(LongBatch, IsCutShortByAKillAndAccountedFor) {
  tell(here.self, sock, send_batch{many});
  EXPECT_TRUE(here.ask<option_value>(other, get_option{option::broadcast}));
  here.self->send_exit(sock, caf::exit_reason::kill);
  EXPECT_THAT(here.next_line(), HasSubstr("listening"));
  const auto error = here.await<error_event>();
  EXPECT_EQ(error.operation, send_batch::operation);
  const auto end = here.await<close_event>();
  EXPECT_LT(end.counted.sent, datagrams);
  EXPECT_EQ(end.counted.sent + end.counted.unsent, datagrams);
  EXPECT_EQ(error.withheld + 1, end.counted.unsent);
}

TEST_F(SendByName, DoesNotOvertakeABindThatWaitsForItsName) {
  const auto sender = there.open(family::udp4);
  tell(there.self, sender, bind{{"here.test", 0}});
  EXPECT_EQ(script.await_question(), "udp4 here.test");
  tell(there.self, sender, dgram::send{"held", at});
  script.answer_all(*endpoint::ip("127.0.0.7", 0));
  const auto held = there.await<message_event>();
  EXPECT_EQ(held.data, payload("held"));
  EXPECT_EQ(held.sender.host(), "127.0.0.7");
}

/// The kernel, which notes when what was done.
class ordering_kernel : public syscalls {
 public:
  mutable std::mutex mutex;
  mutable std::vector<std::string> calls;

  ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept override {
    note("send");
    return syscalls::sendmsg(fd, message, flags);
  }
  int setsockopt(int fd, int level, int name, const void* value,
                 ::socklen_t length) const noexcept override {
    if (level == IPPROTO_IP && name == IP_TTL) note("set ttl");
    return syscalls::setsockopt(fd, level, name, value, length);
  }

 private:
  void note(const char* call) const {
    const std::lock_guard<std::mutex> guard(mutex);
    calls.emplace_back(call);
  }
};

class OrderOfCalls : protected with_kernel<ordering_kernel>, public SocketTest {};

TEST_F(OrderOfCalls, ASendComesBeforeAnOptionThatWasSetAfterIt) {
  const auto at = here.open_bound(family::udp4).second;
  use_kernel(here.net, kernel);
  const auto sock = here.open_bound(family::udp4).first;
  // Both are handled in one turn more often than not.
  for (int i = 0; i < 50; ++i) {
    tell(here.self, sock, dgram::send{"x", at});
    tell(here.self, sock, set_ttl{9});
  }
  ASSERT_TRUE(here.ask<option_value>(sock, get_option{option::ttl}));
  const std::lock_guard<std::mutex> guard(kernel.mutex);
  ASSERT_EQ(kernel.calls.size(), 100U);
  for (std::size_t i = 0; i < kernel.calls.size(); ++i) {
    EXPECT_EQ(kernel.calls[i], i % 2 == 0 ? "send" : "set ttl");
  }
}

TEST_F(Send, WithoutARequestTakesAPartOfAPayloadToo) {
  ASSERT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"binds", at}));
  EXPECT_EQ(here.next_line(), "message binds");
  tell(here.self, client, dgram::send{"hello world", 0, 5, at});
  EXPECT_EQ(here.next_line(), "message hello");
  tell(here.self, client, dgram::send{"hello world", 6, dgram::send::whole, at});
  EXPECT_EQ(here.next_line(), "message world");
}

TEST_F(Send, WithoutARequestKeepsTheRuleOnDestinations) {
  const auto [other, elsewhere] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  ASSERT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"binds", at}));
  EXPECT_EQ(here.next_line(), "message binds");
  ASSERT_FALSE(here.tell(client, subscribe{here.probe()}));
  tell(here.self, client, dgram::send{"x"});
  EXPECT_THAT(here.await<error_event>().reason, FailsWith(errc::not_connected));
  ASSERT_TRUE(here.ask<endpoint>(client, connect{at}));
  tell(here.self, client, dgram::send{"x", elsewhere});
  EXPECT_THAT(here.await<error_event>().reason, FailsWith(errc::already_connected));
  tell(here.self, client, dgram::send{"x", "127.0.0.1", elsewhere.port()});
  EXPECT_THAT(here.await<error_event>().reason, FailsWith(errc::already_connected));
  tell(here.self, client, dgram::send{"to the peer"});
  EXPECT_EQ(here.next_line(), "message to the peer");
  EXPECT_FALSE(here.has_event());
}

TEST_F(Send, WithoutARequestTakesAPartThatBeginsAtTheSecondByte) {
  ASSERT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"binds", at}));
  EXPECT_EQ(here.next_line(), "message binds");
  tell(here.self, client, dgram::send{"hello", 1, dgram::send::whole, at});
  EXPECT_EQ(here.next_line(), "message ello");
}

TEST_F(SendByName, WithoutARequestDoesNotOvertakeAConnectThatWaitsForItsName) {
  const auto [sender, local] = there.open_bound(family::udp4);
  ASSERT_FALSE(there.tell(sender, subscribe{there.probe()}));
  tell(there.self, sender, connect{{"peer.test", 9}});
  EXPECT_EQ(script.await_question(), "udp4 peer.test");
  tell(there.self, sender, dgram::send{"held", at});
  script.answer_all(answer);
  // By the time of its turn the socket has another peer.
  EXPECT_THAT(there.await<error_event>().reason, FailsWith(errc::already_connected));
  EXPECT_FALSE(there.has_event());
}

TEST_F(SendByName, BeyondTheLimitIsOverOnceHalfOfThemHaveFailed) {
  const auto sender = there.open(family::udp4, there.probe());
  for (int i = 0; i < 4; ++i) tell(there.self, sender, dgram::send{"x", "a.test", at.port()});
  EXPECT_THAT(there.next_line(), HasSubstr("listening"));
  EXPECT_THAT(there.next_line(), HasSubstr("3 sends wait for host names already"));
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  script.fail_all("no such host");
  std::vector<std::string> lines;
  for (int i = 0; i < 4; ++i) lines.push_back(there.next_line());
  EXPECT_THAT(lines, ::testing::Contains("drain 1"));
}

TEST_F(Send, ThatWaitsForADeviceIsTriedEverMoreRarely) {
  faulty_kernel kernel;
  use_kernel(here.net, kernel);
  const auto sock = *here.net.open(family::udp4);
  kernel.send_error = ENOBUFS;
  kernel.failing_sends = 6;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", at}));
  // After 1, 2, 4, 8, 16 and 32 ms.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(63));
  EXPECT_EQ(here.ask<statistics>(sock, get_statistics{})->send_retries, 6U);
  EXPECT_EQ(here.next_line(), "message x");
  ASSERT_FALSE(here.tell(sock, close{}));
}

/// The kernel, which refuses every message, and the last of so many only after a while.
class slowly_refusing_kernel : public faulty_kernel {
 public:
  mutable std::atomic<int> left{0};

 protected:
  int refusal_of(const ::msghdr& /*message*/) const noexcept override {
    // Longer than the interval of errors.
    if (--left == 0) std::this_thread::sleep_for(std::chrono::milliseconds(250));
    return ENETUNREACH;
  }
};

class SlowlyUnsendable : protected with_kernel<slowly_refusing_kernel>, public SocketTest {};

TEST_F(SlowlyUnsendable, ErrorsToldWithALaterOneAreNotToldAgain) {
  use_kernel(here.net, kernel);
  const auto sock = here.open_bound(family::udp4, here.probe()).first;
  here.await<listening_event>();
  constexpr std::uint64_t many = 40;
  kernel.left = many;
  // Each longer than the one before: they share no message.
  for (std::uint64_t i = 1; i <= many; ++i) {
    tell(here.self, sock, dgram::send{std::string(i, 'x'), endpoint::loopback(family::udp4, 9)});
  }
  ASSERT_FALSE(here.tell(sock, close{}));
  std::uint64_t told = 0;
  bool is_open = true;
  here.self->receive_while(is_open)(
      [&](const error_event& event) {
        EXPECT_LT(event.withheld, many);
        told += 1 + event.withheld;
      },
      [&](const close_event&) { is_open = false; },
      caf::after(patience) >>
          [&] {
            ADD_FAILURE() << "no close_event came";
            is_open = false;
          });
  EXPECT_EQ(told, many);
}

/// The kernel, which counts single messages, and those with an address.
class addressing_kernel : public syscalls {
 public:
  mutable std::atomic<int> sent{0};
  mutable std::atomic<int> addressed{0};

  ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) const noexcept override {
    ++sent;
    if (message->msg_name != nullptr) ++addressed;
    return syscalls::sendmsg(fd, message, flags);
  }
};

class NamedPeer : protected with_kernel<addressing_kernel>, public SocketTest {};

TEST_F(NamedPeer, IsNotGivenToTheKernelAgain) {
  const auto [heard, at] = here.open_bound(family::udp4);
  use_kernel(here.net, kernel);
  const auto sock = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  // Other systems refuse an address on a connected socket (EISCONN).
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"1", at}));
  batch one;
  one.add("2", at);
  EXPECT_EQ(here.ask<batch_result>(sock, send_batch{one})->sent, 1U);
  EXPECT_EQ(kernel.sent, 2);
  EXPECT_EQ(kernel.addressed, 0);
}

/// Notes connects, too.
class connecting_kernel : public ordering_kernel {
 public:
  int connect(int fd, const ::sockaddr* address, ::socklen_t length) const noexcept override {
    {
      const std::lock_guard<std::mutex> guard(mutex);
      calls.emplace_back(address->sa_family == AF_UNSPEC ? "disconnect" : "connect");
    }
    return syscalls::connect(fd, address, length);
  }
};

class OrderOfConnects : protected with_kernel<connecting_kernel>, public SocketTest {};

TEST_F(OrderOfConnects, SendsComeBeforeAConnectAndADisconnectThatFollowThem) {
  const auto [heard, at] = here.open_bound(family::udp4);
  use_kernel(here.net, kernel);
  const auto sock = here.open_bound(family::udp4).first;
  {
    // Those of the bind.
    const std::lock_guard<std::mutex> guard(kernel.mutex);
    kernel.calls.clear();
  }
  // All are handled in one turn more often than not.
  for (int i = 0; i < 20; ++i) {
    tell(here.self, sock, dgram::send{"x", at});
    tell(here.self, sock, connect{at});
    tell(here.self, sock, dgram::send{"y"});
    tell(here.self, sock, disconnect{});
  }
  ASSERT_TRUE(here.ask<endpoint>(sock, get_local_address{}));
  const std::array<std::string, 4> order{"send", "connect", "send", "disconnect"};
  const std::lock_guard<std::mutex> guard(kernel.mutex);
  ASSERT_EQ(kernel.calls.size(), 80U);
  for (std::size_t i = 0; i < kernel.calls.size(); ++i) {
    EXPECT_EQ(kernel.calls[i], order.at(i % order.size())) << i;
  }
}

class HeldSends : protected with_kernel<faulty_kernel>, public SocketTest {};

TEST_F(HeldSends, ThatAreHandledInOneTurnLeaveInOneCall) {
  const auto [heard, at] = here.open_bound(family::udp4, here.probe());
  here.await<listening_event>();
  use_kernel(here.net, kernel);
  const auto sock = here.open_bound(family::udp4).first;
  std::unique_lock<std::mutex> halt(kernel.gate);
  tell(here.self, sock, dgram::send{"0", at});
  ASSERT_TRUE(comes_true([this] { return kernel.is_halted.load(); }));
  for (int i = 1; i < 10; ++i) tell(here.self, sock, dgram::send{std::to_string(i), at});
  halt.unlock();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(here.next_line(), "message " + std::to_string(i));
  EXPECT_EQ(kernel.send_calls, 2);
}

}  // namespace
}  // namespace dgram::testing
