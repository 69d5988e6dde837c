#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/socket.h"
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

  std::pair<socket_actor, endpoint> bound = here.open_bound(family::udp4, here.self);
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
      here.tell(client, subscribe{here.self, delivery::single, subscribe::unlimited, excess::pause,
                                  subscribe::default_backlog, event_kinds::all}));
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
  const auto receiver = here.open(family::unix_dgram, here.self);
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
  const auto receiver = here.open(family::unix_dgram, here.self);
  ASSERT_TRUE(here.ask<endpoint>(receiver, bind{to}));
  here.await<listening_event>();
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"x", to}));
  EXPECT_EQ(here.next_line(), "message x");
}

TEST_F(Send, WithoutRequestIsNotAnsweredAndItsErrorGoesToSubscribers) {
  ASSERT_FALSE(
      here.tell(client, subscribe{here.self, delivery::single, subscribe::unlimited, excess::pause,
                                  subscribe::default_backlog, event_kinds::all}));
  tell(here.self, client, dgram::send{"fine", at});
  tell(here.self, client, dgram::send{"x", 0});
  tell(here.self, client, dgram::send{"x", unresolvable, 1});
  EXPECT_THAT(here.next_line(), HasSubstr("listening"));
  EXPECT_THAT(here.await<error_event>().reason, FailsWith(errc::invalid_port));
  EXPECT_THAT(here.await<error_event>().reason, FailsWith(errc::name_not_resolved));
  EXPECT_EQ(here.next_line(), "message fine");
  // Nothing but events came: no result, no error addressed to the sender.
  EXPECT_FALSE(here.self->has_next_message());
}

TEST_F(Send, ARequestsErrorIsNotPublishedToo) {
  ASSERT_FALSE(
      here.tell(client, subscribe{here.self, delivery::single, subscribe::unlimited, excess::pause,
                                  subscribe::default_backlog, event_kinds::all}));
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
  std::pair<socket_actor, endpoint> bound = there.open_bound(family::udp4, there.self);
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
}

TEST_F(SendByName, FailsWhenTheResolverFindsNoAddressOfTheFamily) {
  auto sent = send_request(there.self, client, patience, dgram::send{"x", "a.test", at.port()});
  EXPECT_EQ(script.await_question(), "udp4 a.test");
  script.answer_all(endpoint::loopback(family::udp6, 0));
  std::move(sent).receive(
      [](std::uint64_t) { ADD_FAILURE(); },
      [](const caf::error& why) { EXPECT_THAT(why, FailsWith(errc::name_not_resolved)); });
}

}  // namespace
}  // namespace dgram::testing
