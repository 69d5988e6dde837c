#include "caf_dgram/actors/address.h"

#include <string>

#include "caf_dgram/dgram/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<located> for_bind(const address& where, family f = family::udp4) {
  return locate("bind", where, f, address_role::local);
}

absl::StatusOr<located> for_send(const address& where, family f = family::udp4) {
  return locate("send", where, f, address_role::destination);
}

TEST(AddressForBind, IsTheWildcardWhenLeftOpen) {
  EXPECT_EQ(for_bind({})->where.to_string(), "0.0.0.0:0");
  EXPECT_EQ(for_bind({}, family::udp6)->where.to_string(), "[::]:0");
  EXPECT_EQ(for_bind(41234)->where.to_string(), "0.0.0.0:41234");
  EXPECT_EQ(code_of(for_bind({}, family::unix_dgram).status()), errc::invalid_address);
}

TEST(AddressForSend, IsLoopbackForAPortAlone) {
  EXPECT_EQ(for_send(41234)->where.to_string(), "127.0.0.1:41234");
  EXPECT_EQ(for_send(41234, family::udp6)->where.to_string(), "[::1]:41234");
}

TEST(AddressInNumbers, NeedsNoResolver) {
  const auto found = for_send({"192.0.2.1", 53});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->name, "");
  EXPECT_EQ(found->where.to_string(), "192.0.2.1:53");
}

TEST(HostName, IsLeftToTheResolverWithItsPort) {
  const auto found = for_send({"localhost", 53});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->name, "localhost");
  EXPECT_EQ(found->where.port(), 53);
}

TEST(Ports, RangeFromZeroForBindAndFromOneForSend) {
  EXPECT_TRUE(for_bind(0).ok());
  EXPECT_TRUE(for_bind(65'535).ok());
  for (const std::int64_t port : {std::int64_t{-1}, std::int64_t{65'536}, std::int64_t{1} << 40}) {
    EXPECT_EQ(code_of(for_bind(port).status()), errc::invalid_port) << port;
    EXPECT_EQ(code_of(for_bind({"127.0.0.1", port}).status()), errc::invalid_port) << port;
    EXPECT_EQ(code_of(for_send({"localhost", port}).status()), errc::invalid_port) << port;
  }
  EXPECT_TRUE(for_send(1).ok());
  EXPECT_EQ(code_of(for_send(0).status()), errc::invalid_port);
  EXPECT_EQ(code_of(for_send(endpoint::loopback(family::udp4, 0)).status()), errc::invalid_port);
  EXPECT_THAT(std::string(for_send({"localhost", 65'536}).status().message()),
              ::testing::AllOf(HasSubstr("send"), HasSubstr("65536"), HasSubstr("1 to 65535")));
}

TEST(WrongFamily, IsRefused) {
  EXPECT_EQ(code_of(for_send(endpoint::loopback(family::udp6, 1)).status()), errc::wrong_family);
  EXPECT_EQ(code_of(for_send({"::1", 1}).status()), errc::wrong_family);
  EXPECT_EQ(code_of(for_send({"127.0.0.1", 1}, family::udp6).status()), errc::wrong_family);
  EXPECT_EQ(code_of(for_send(address::path("/x")).status()), errc::wrong_family);
  EXPECT_EQ(code_of(for_send(1, family::unix_dgram).status()), errc::wrong_family);
  EXPECT_EQ(code_of(for_send({"localhost", 1}, family::unix_dgram).status()), errc::wrong_family);
}

TEST(HostName, ThatCannotBeIsRefused) {
  EXPECT_EQ(code_of(for_send({"", 1}).status()), errc::invalid_name);
  EXPECT_EQ(code_of(for_send({std::string(300, 'a'), 1}).status()), errc::invalid_name);
  EXPECT_EQ(code_of(for_send({"fe80::1%nosuch0", 1}, family::udp6).status()),
            errc::unknown_interface);
}

TEST(Path, IsCheckedAgainstSunPath) {
  const auto f = family::unix_dgram;
  EXPECT_EQ(for_send(address::path("/run/x"), f)->where.path(), "/run/x");
  EXPECT_EQ(code_of(for_send(address::path(""), f).status()), errc::invalid_path);
  EXPECT_EQ(code_of(for_send(address::path(std::string(108, 'x')), f).status()),
            errc::invalid_path);
  EXPECT_EQ(code_of(for_send(endpoint::wildcard(f), f).status()), errc::invalid_path);
}

TEST(AddressText, IsWhatTheUserGave) {
  EXPECT_EQ(address(7).to_string(), "port 7");
  EXPECT_EQ(address("localhost", 7).to_string(), "\"localhost\" port 7");
  EXPECT_EQ(address::path("/x").to_string(), "\"/x\"");
  EXPECT_EQ(address(endpoint()).to_string(), "0.0.0.0:0");
}

}  // namespace
}  // namespace dgram
