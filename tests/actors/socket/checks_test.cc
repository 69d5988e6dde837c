#include "caf_dgram/actors/socket/checks.h"

#include <string>
#include <vector>

#include "caf_dgram/dgram/error.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

/// What becomes of a datagram to `to` on a socket that is connected to `peer`.
errc code_for(const endpoint& peer, const endpoint& to) {
  return code_of(check_destination(
      "send", [] { return std::string("x"); }, &peer, &to));
}

TEST(CheckDestination, ThePeerMayBeNamedWithAndWithoutItsScope) {
  const auto bare = *endpoint::ip("fe80::1", 9);
  const auto scoped = bare.with_scope_id(2);
  EXPECT_EQ(code_for(scoped, scoped), errc::none);
  EXPECT_EQ(code_for(scoped, bare), errc::none);
  EXPECT_EQ(code_for(bare, scoped), errc::none);
  EXPECT_EQ(code_for(bare, bare.with_scope_id(1)), errc::none);
  EXPECT_EQ(code_for(bare.with_scope_id(1), bare), errc::none);
  EXPECT_EQ(code_for(scoped, bare.with_scope_id(3)), errc::already_connected);
  const auto other = *endpoint::ip("fe80::2", 9);
  EXPECT_EQ(code_for(bare, other), errc::already_connected);
  EXPECT_EQ(code_for(scoped, other), errc::already_connected);
  EXPECT_EQ(code_for(bare, other.with_scope_id(2)), errc::already_connected);
  EXPECT_EQ(code_for(scoped, bare.with_port(10)), errc::already_connected);
}

TEST(CheckDestination, IsNeededOnlyWithoutAPeer) {
  const auto value = [] { return std::string("x"); };
  const auto some = endpoint::loopback(family::udp4, 9);
  EXPECT_EQ(code_of(check_destination("send", value, nullptr, nullptr)), errc::not_connected);
  EXPECT_TRUE(check_destination("send", value, nullptr, &some).ok());
  EXPECT_TRUE(check_destination("send", value, &some, nullptr).ok());
}

TEST(Prepare, TakesAsManyBuffersAsOneDatagramIsMadeOf) {
  send command(std::vector<payload>(socket::max_buffers, payload("x")));
  EXPECT_TRUE(prepare(command, family::udp4).ok());
  command.buffers.emplace_back("x");
  EXPECT_EQ(code_of(prepare(command, family::udp4)), errc::out_of_range);
}

TEST(Prepare, TakesNoPartOfSeveralBuffers) {
  send command(std::vector<payload>{payload("a"), payload("b")});
  command.length = 0;
  EXPECT_EQ(code_of(prepare(command, family::udp4)), errc::out_of_range);
}

TEST(Prepare, CutsTheDataToThePart) {
  send command("hello", 1, send::whole);
  ASSERT_TRUE(prepare(command, family::udp4).ok());
  EXPECT_EQ(command.data, payload("ello"));
}

}  // namespace
}  // namespace dgram
