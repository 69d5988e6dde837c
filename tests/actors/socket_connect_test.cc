#include <cerrno>
#include <string>

#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unresolvable.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;
using Connect = SocketTest;

TEST_F(Connect, FixesThePeerAndBindsImplicitly) {
  const auto [server, at] = here.open_bound(family::udp4, here.self);
  EXPECT_EQ(here.next_line(), "listening " + at.to_string());
  const auto client = here.open(family::udp4, here.self);
  EXPECT_EQ(*here.ask<endpoint>(client, connect{at}), at);
  EXPECT_THAT(here.next_line(), HasSubstr("listening 0.0.0.0:"));
  EXPECT_EQ(here.next_line(), "connect " + at.to_string());
  EXPECT_EQ(*here.ask<endpoint>(client, get_remote_address{}), at);
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{"hi"}), 2U);
  EXPECT_EQ(here.next_line(), "message hi");
}

TEST_F(Connect, TakesAHostName) {
  const auto [server, at] = here.open_bound(family::udp4);
  const auto peer = here.ask<endpoint>(here.open(family::udp4), connect{{"localhost", at.port()}});
  ASSERT_TRUE(peer) << describe(peer.error());
  EXPECT_EQ(*peer, at);
}

TEST_F(Connect, TakesAPortAloneAsLoopback) {
  const auto [server, at] = here.open_bound(family::udp6);
  EXPECT_EQ(*here.ask<endpoint>(here.open(family::udp6), connect{at.port()}), at);
}

TEST_F(Connect, HearsOnlyThePeer) {
  const auto [peer, at] = here.open_bound(family::udp4);
  const auto [stranger, elsewhere] = here.open_bound(family::udp4);
  const auto sock = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  const auto local = *here.ask<endpoint>(sock, get_local_address{});
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.self, delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(here.ask<std::uint64_t>(stranger, dgram::send{"stranger", local}));
  ASSERT_TRUE(here.ask<std::uint64_t>(peer, dgram::send{"peer", local}));
  EXPECT_EQ(here.next_line(), "message peer");
}

TEST_F(Connect, FailsTheSecondTime) {
  const auto [server, at] = here.open_bound(family::udp4);
  const auto sock = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{at}), FailsWith(errc::already_connected));
  EXPECT_EQ(*here.ask<endpoint>(sock, get_remote_address{}), at);
}

TEST_F(Connect, RefusesBadAddresses) {
  const auto sock = here.open(family::udp4);
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{0}), FailsWith(errc::invalid_port));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{{"localhost", 65'536}}),
              FailsWith(errc::invalid_port));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{{"", 1}}), FailsWith(errc::invalid_name));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{}), FailsWith(errc::invalid_address));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{endpoint::loopback(family::udp6, 1)}),
              FailsWith(errc::wrong_family));
  EXPECT_THAT(here.error_of<endpoint>(sock, connect{{unresolvable, 1}}),
              FailsWith(errc::name_not_resolved));
  EXPECT_THAT(here.error_of<endpoint>(sock, get_local_address{}), FailsWith(errc::not_bound));
}

TEST_F(Connect, HearsOfAPeerThatIsNotThereAndGoesOn) {
  const auto [gone, at] = here.open_bound(family::udp4);
  ASSERT_FALSE(here.tell(gone, close{}));
  const auto sock = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.self, delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"anyone?"}));
  const auto failed = here.await<error_event>();
  EXPECT_EQ(errno_of(failed.reason), ECONNREFUSED);
  EXPECT_THAT(here.ask<endpoint>(sock, get_remote_address{}), ::testing::Eq(at));
}

TEST_F(Connect, DisconnectForgetsThePeerAndKeepsThePort) {
  const auto [server, at] = here.open_bound(family::udp4);
  const auto sock = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, bind{0}));
  const auto port = here.ask<endpoint>(sock, get_local_address{})->port();
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  EXPECT_FALSE(here.tell(sock, disconnect{}));
  EXPECT_THAT(here.error_of<endpoint>(sock, get_remote_address{}), FailsWith(errc::not_connected));
  EXPECT_EQ(here.ask<endpoint>(sock, get_local_address{})->port(), port);
  ASSERT_FALSE(
      here.tell(sock, subscribe{here.self, delivery::single, subscribe::unlimited, excess::pause,
                                subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(
      here.ask<std::uint64_t>(server, dgram::send{"hi", endpoint::loopback(family::udp4, port)}));
  EXPECT_EQ(here.next_line(), "message hi");
  EXPECT_TRUE(here.ask<endpoint>(sock, connect{at}));
}

TEST_F(Connect, DisconnectWithoutAPeerIsAnError) {
  EXPECT_THAT(here.tell(here.open(family::udp4), disconnect{}), FailsWith(errc::not_connected));
}

TEST_F(Connect, DatagramsQueuedBeforeItGoWhereTheyWereMeantTo) {
  const auto [a, to_a] = here.open_bound(family::udp4, here.self);
  here.await<listening_event>();
  const auto [b, to_b] = here.open_bound(family::udp4);
  const auto sock = here.open(family::udp4);
  // One turn of the loop may well see all of these at once.
  tell(here.self, sock, connect{to_a});
  tell(here.self, sock, dgram::send{"1"});
  tell(here.self, sock, disconnect{});
  tell(here.self, sock, dgram::send{"2", to_a});
  tell(here.self, sock, connect{to_b});
  EXPECT_EQ(here.next_line(), "message 1");
  EXPECT_EQ(here.next_line(), "message 2");
}

TEST_F(Connect, WorksOnUnixSockets) {
  const temp_dir directory;
  const auto server = here.open(family::unix_dgram, here.self);
  ASSERT_TRUE(here.ask<endpoint>(server, bind{address::path(directory.file("s"))}));
  here.await<listening_event>();
  const auto client = here.open(family::unix_dgram);
  const auto peer = here.ask<endpoint>(client, connect{address::path(directory.file("s"))});
  ASSERT_TRUE(peer) << describe(peer.error());
  EXPECT_EQ(peer->path(), directory.file("s"));
  EXPECT_EQ(*here.ask<std::uint64_t>(client, dgram::send{"hi"}), 2U);
  EXPECT_EQ(here.next_line(), "message hi");
  EXPECT_FALSE(here.tell(client, disconnect{}));
}

TEST_F(Connect, ToAUnixPeerThatClosesCanBeMadeAnew) {
  const temp_dir directory;
  const auto path = address::path(directory.file("s"));
  const auto first = here.open(family::unix_dgram);
  ASSERT_TRUE(here.ask<endpoint>(first, bind{path}));
  const auto client = here.open(family::unix_dgram);
  const auto idle = here.open(family::unix_dgram);
  ASSERT_TRUE(here.ask<endpoint>(client, connect{path}));
  ASSERT_TRUE(here.ask<endpoint>(idle, connect{path}));
  ASSERT_FALSE(here.tell(first, close{}));
  EXPECT_EQ(errno_of(here.error_of<std::uint64_t>(client, dgram::send{"lost"})), ECONNREFUSED);
  const auto second = here.open(family::unix_dgram, here.self);
  ASSERT_TRUE(here.ask<endpoint>(second, bind{path}));
  here.await<listening_event>();
  // One has noticed, the other one has not and disconnects first.
  EXPECT_TRUE(here.ask<endpoint>(client, connect{path}));
  EXPECT_FALSE(here.tell(idle, disconnect{}));
  EXPECT_TRUE(here.ask<endpoint>(idle, connect{path}));
  for (const auto& sock : {client, idle}) {
    EXPECT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"again"}));
    EXPECT_EQ(here.next_line(), "message again");
  }
}

TEST_F(Connect, DisconnectKeepsTheAddressThatWasBound) {
  const auto [server, at] = here.open_bound(family::udp4);
  const auto [sock, local] = here.open_bound(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(sock, connect{at}));
  ASSERT_FALSE(here.tell(sock, disconnect{}));
  EXPECT_EQ(*here.ask<endpoint>(sock, get_local_address{}), local);
}

TEST_F(Connect, ToAUnixPathWithoutASocketIsAnError) {
  const temp_dir directory;
  EXPECT_EQ(errno_of(here.error_of<endpoint>(here.open(family::unix_dgram),
                                             connect{address::path(directory.file("none"))})),
            ENOENT);
}

}  // namespace
}  // namespace dgram::testing
