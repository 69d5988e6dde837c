#include <poll.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>

#include "caf_dgram/actors/ask.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "caf_dgram/dgram/posix/system_options.h"
#include "gmock/gmock.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unresolvable.h"

namespace dgram::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

const auto second = *ip_address::parse("127.0.0.2");
const auto third = *ip_address::parse("127.0.0.3");

/// A client that hears only the address that it asked.
class connected_client {
 public:
  explicit connected_client(const endpoint& to) {
    EXPECT_TRUE(sock_.bind(endpoint::loopback(family::udp4, 0)).ok());
    EXPECT_TRUE(sock_.connect(to).ok());
  }

  void ask(const std::string& text) { EXPECT_EQ(sock_.send({payload(text)}, nullptr).error, 0); }

  /// The next datagram; "nothing" if none comes.
  std::string next() {
    ::pollfd wanted{sock_.descriptor(), POLLIN, 0};
    std::array<char, 64> buffer{};
    constexpr auto limit = std::chrono::milliseconds(patience).count();
    if (::poll(&wanted, 1, static_cast<int>(limit)) != 1) return "nothing";
    const auto got = sock_.receive(absl::MakeSpan(buffer));
    return got.error == 0 ? std::string(buffer.data(), got.stored) : "nothing";
  }

  endpoint local() const { return *sock_.local_endpoint(); }

 private:
  dgram::socket sock_ = *dgram::socket::open(family::udp4);
};

/// A server on all addresses of this host, one socket or a group. IPv4 clients reach one of
/// udp6, too.
struct server_kind {
  dgram::family family;
  bool is_group;
  const char* local = nullptr;  ///< By default the wildcard of the family.
};

class Source : public SocketTest, public ::testing::WithParamInterface<server_kind> {
 protected:
  void open(delivery way) {
    open_options options;
    options.local = endpoint::wildcard(GetParam().family);
    if (GetParam().local != nullptr) options.local = {GetParam().local, 0};
    options.listener = here.probe();
    options.datagrams = way;
    server = GetParam().is_group ? *here.net.open_group(GetParam().family, options)
                                 : *here.net.open(GetParam().family, options);
    port = here.ask<endpoint>(server, get_local_address{})->port();
  }

  socket_actor server;
  std::uint16_t port = 0;
};

INSTANTIATE_TEST_SUITE_P(Server, Source,
                         ::testing::Values(server_kind{family::udp4, false},
                                           server_kind{family::udp6, false},
                                           server_kind{family::udp6, false, "0.0.0.0"},
                                           server_kind{family::udp4, true},
                                           server_kind{family::udp6, true}),
                         [](const auto& info) {
                           return std::string(to_string(info.param.family)) +
                                  (info.param.is_group ? "_group" : "") +
                                  (info.param.local != nullptr ? "_on_ipv4" : "");
                         });

TEST_P(Source, OfAnAnswerIsTheAddressThatWasAsked) {
  open(delivery::single);
  for (const auto& asked : {second, third}) {
    connected_client client(asked.with_port(port));
    client.ask("ping");
    here.self->receive(
        [&](const message_event& event) {
          EXPECT_EQ(event.local, asked);
          EXPECT_TRUE(respond(here.self, event, "pong"));
        },
        caf::after(patience) >> [] { ADD_FAILURE() << "no question came"; });
    EXPECT_EQ(client.next(), "pong");
  }
}

TEST_P(Source, OfABatchSentBackIsEachDatagramsOwn) {
  open(delivery::batched);
  connected_client one(second.with_port(port));
  connected_client other(third.with_port(port));
  for (int i = 0; i < 3; ++i) {
    one.ask("one " + std::to_string(i));
    other.ask("other " + std::to_string(i));
  }
  for (std::size_t got = 0; got < 6;) {
    const auto event = here.await<batch_event>();
    got += event.datagrams.size();
    EXPECT_EQ(here.ask<batch_result>(server, send_batch{event.datagrams})->sent,
              event.datagrams.size());
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(one.next(), "one " + std::to_string(i));
    EXPECT_EQ(other.next(), "other " + std::to_string(i));
  }
}

class SourceOf : public SocketTest {
 protected:
  SourceOf() { here.await<listening_event>(); }

  std::pair<socket_actor, endpoint> bound = here.open_bound(family::udp4, here.probe());
  const endpoint at = bound.second;
  const socket_actor client = here.open(family::udp4);

  static dgram::send from(const ip_address& source, address to) {
    dgram::send command(payload("x"), std::move(to));
    command.source = source;
    return command;
  }

  void expect_from(const ip_address& source) {
    EXPECT_EQ(ip_address::of(here.await<message_event>().sender), source);
  }
};

TEST_F(SourceOf, ADatagramMayBeGiven) {
  // With and without an answer, which take different ways.
  EXPECT_TRUE(here.ask<std::uint64_t>(client, from(second, at)));
  expect_from(second);
  tell(here.self, client, from(third, at));
  expect_from(third);
  EXPECT_TRUE(here.ask<std::uint64_t>(client, from(second, {"localhost", at.port()})));
  expect_from(second);
  // The next is the kernel's choice again.
  EXPECT_TRUE(here.ask<std::uint64_t>(client, from({}, at)));
  expect_from(*ip_address::parse("127.0.0.1"));
}

TEST_F(SourceOf, ADatagramToTheConnectedPeerMayBeGiven) {
  ASSERT_TRUE(here.ask<endpoint>(client, connect{at}));
  EXPECT_TRUE(here.ask<std::uint64_t>(client, from(second, {})));
  expect_from(second);
  tell(here.self, client, from(third, {}));
  expect_from(third);
}

TEST_F(SourceOf, ManyDatagramsInOneMessageMayBeGiven) {
  batch datagrams;
  datagrams.add_segments(std::string(6, 'x'), 2, {at, second});
  datagrams.add_segments(std::string(6, 'x'), 2, {at, third});
  EXPECT_EQ(here.ask<batch_result>(client, send_batch{datagrams})->sent, 6U);
  for (int i = 0; i < 3; ++i) expect_from(second);
  for (int i = 0; i < 3; ++i) expect_from(third);
}

TEST_F(SourceOf, AnotherFamilyIsRefusedAndTheSocketGoesOn) {
  const auto loopback6 = *ip_address::parse("::1");
  const auto expect_refusal = [&](const caf::error& why) {
    EXPECT_THAT(why, FailsWith(errc::wrong_family));
    EXPECT_THAT(describe(why), AllOf(HasSubstr("send"), HasSubstr(at.to_string()),
                                     HasSubstr("from ::1"), HasSubstr("different families")));
  };
  expect_refusal(here.error_of<std::uint64_t>(client, from(loopback6, at)));
  ASSERT_FALSE(here.tell(client, subscribe{here.probe()}));
  tell(here.self, client, from(loopback6, at));
  expect_refusal(here.await<error_event>().reason);
  const auto by_name =
      here.error_of<std::uint64_t>(client, from(loopback6, {"localhost", at.port()}));
  expect_refusal(by_name);
  batch datagrams;
  datagrams.add("refused", {at, loopback6});
  datagrams.add("sent", {at, second});
  const auto result = *here.ask<batch_result>(client, send_batch{datagrams});
  EXPECT_EQ(result.sent, 1U);
  EXPECT_EQ(result.refused, 1U);
  EXPECT_THAT(result.reason, FailsWith(errc::wrong_family));
  EXPECT_EQ(here.await<message_event>().data, payload("sent"));
  const auto mixed = here.open(family::udp6);
  EXPECT_THAT(here.error_of<std::uint64_t>(mixed, from(loopback6, at)),
              FailsWith(errc::wrong_family));
}

TEST_F(SourceOf, AnotherHostIsRefusedByTheKernelWithTheUsualCause) {
  for (const char* foreign : {"192.0.2.1", "239.1.2.3"}) {
    const auto source = *ip_address::parse(foreign);
    const auto why = here.error_of<std::uint64_t>(client, from(source, at));
    // Which of them depends on the kernel's version.
    EXPECT_THAT(errno_of(why), AnyOf(EINVAL, ENETUNREACH));
    EXPECT_THAT(describe(why), AllOf(HasSubstr("to " + at.to_string() + " from " + foreign),
                                     HasSubstr("the source address")));
  }
  const auto client6 = here.open(family::udp6);
  const auto why = here.error_of<std::uint64_t>(
      client6,
      from(*ip_address::parse("2001:db8::1"), endpoint::loopback(family::udp6, at.port())));
  EXPECT_EQ(errno_of(why), EINVAL) << describe(why);
  EXPECT_TRUE(here.ask<std::uint64_t>(client, from({}, at)));
  here.await<message_event>();
}

TEST_F(SourceOf, ADatagramToTheUnspecifiedAddressIsJudgedByItsFamily) {
  // The kernel takes it for the source's own address.
  const auto here_too = address("0.0.0.0", at.port());
  const auto first = *ip_address::parse("127.0.0.1");
  EXPECT_TRUE(here.ask<std::uint64_t>(client, from(first, here_too)));
  expect_from(first);
  EXPECT_THAT(here.error_of<std::uint64_t>(client, from(*ip_address::parse("::1"), here_too)),
              FailsWith(errc::wrong_family));
}

TEST_F(SourceOf, AForeignAddressOfAConnectedSocketIsToldWithItsCauseToo) {
  ASSERT_TRUE(here.ask<endpoint>(client, connect{at}));
  EXPECT_THAT(
      describe(here.error_of<std::uint64_t>(client, from(*ip_address::parse("192.0.2.1"), {}))),
      HasSubstr("the source address"));
}

TEST_F(SourceOf, ASocketWithAnAddressOfItsOwnIsThat) {
  const auto [sock, local] = here.open_bound(family::udp4);
  const auto first = ip_address::of(local);
  EXPECT_TRUE(here.ask<std::uint64_t>(sock, from(first, at)));
  expect_from(first);
  const auto why = here.error_of<std::uint64_t>(sock, from(second, at));
  EXPECT_THAT(why, FailsWith(errc::already_bound));
  EXPECT_THAT(describe(why), AllOf(HasSubstr("from 127.0.0.2"), HasSubstr(local.to_string())));
  // Where a batch was received does not matter to it.
  batch heard_elsewhere;
  heard_elsewhere.add("x", {at, second});
  EXPECT_EQ(here.ask<batch_result>(sock, send_batch{heard_elsewhere})->sent, 1U);
  expect_from(first);
}

TEST_F(SourceOf, NoneIsWhatBracesMean) {
  ASSERT_TRUE(here.ask<endpoint>(client, connect{at}));
  EXPECT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"x", {}}));
  expect_from(*ip_address::parse("127.0.0.1"));
}

TEST_F(SourceOf, AUnixSocketIsRefused) {
  const temp_dir directory;
  const auto path = address::path(directory.file("s"));
  const auto unix_socket = here.open(family::unix_dgram);
  ASSERT_TRUE(here.ask<endpoint>(unix_socket, bind{path}));
  EXPECT_THAT(here.error_of<std::uint64_t>(unix_socket, from(second, path)),
              FailsWith(errc::wrong_family));
}

TEST_F(SourceOf, ADatagramThatCannotBeSentIsNotTheNextOnes) {
  // A look-up that fails leaves nothing behind.
  EXPECT_THAT(here.error_of<std::uint64_t>(client, from(second, {unresolvable, at.port()})),
              FailsWith(errc::name_not_resolved));
  EXPECT_TRUE(here.ask<std::uint64_t>(client, from({}, at)));
  expect_from(*ip_address::parse("127.0.0.1"));
}

TEST_F(SourceOf, ASocketWithAnAddressOfItsOwnNeedsNoTelling) {
  EXPECT_TRUE(here.ask<std::uint64_t>(client, from(second, at)));
  EXPECT_TRUE(here.await<message_event>().local.is_unspecified());
}

TEST_F(SourceOf, AnAnswerToAnUnboundSocketIsTold) {
  ASSERT_FALSE(here.tell(client, subscribe{here.probe()}));
  EXPECT_TRUE(here.ask<std::uint64_t>(client, from(second, at)));
  const auto question = here.await<message_event>();
  EXPECT_TRUE(here.ask<std::uint64_t>(bound.first, dgram::send{"answer", question}));
  EXPECT_EQ(here.await<message_event>().local, second);
}

}  // namespace
}  // namespace dgram::testing
