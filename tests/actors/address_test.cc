#include "caf_dgram/actors/address.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

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

TEST(Ipv4Address, IsMappedForUdp6AndBackForUdp4) {
  for (const address& given : {address("127.0.0.1", 9), address("::ffff:127.0.0.1", 9),
                               address(endpoint::loopback(family::udp4, 9))}) {
    EXPECT_EQ(for_send(given, family::udp6)->where.to_string(), "[::ffff:127.0.0.1]:9");
    EXPECT_EQ(for_send(given)->where.to_string(), "127.0.0.1:9");
    EXPECT_EQ(for_bind(given, family::udp6)->where.to_string(), "[::ffff:127.0.0.1]:9");
  }
}

TEST(Ipv4Address, InUnusualFormsIsNoHostNameEither) {
  for (const char* host : {"010.0.0.1", "127.1", "0x7f.1", "2130706433"}) {
    EXPECT_EQ(code_of(for_send({host, 9}).status()), errc::invalid_name) << host;
  }
}

TEST(WrongFamily, IsRefused) {
  EXPECT_EQ(code_of(for_send(endpoint::loopback(family::udp6, 1)).status()), errc::wrong_family);
  EXPECT_EQ(code_of(for_send({"::1", 1}).status()), errc::wrong_family);
  EXPECT_EQ(code_of(for_send(address::path("/x")).status()), errc::wrong_family);
  EXPECT_EQ(code_of(for_send(1, family::unix_dgram).status()), errc::wrong_family);
  EXPECT_EQ(code_of(for_send({"localhost", 1}, family::unix_dgram).status()), errc::wrong_family);
}

TEST(HostName, ThatCannotBeIsRefused) {
  EXPECT_EQ(code_of(for_send({"", 1}).status()), errc::invalid_name);
  EXPECT_EQ(code_of(for_send({std::string(300, 'a'), 1}).status()), errc::invalid_name);
  EXPECT_EQ(code_of(for_send({"fe80::1%nosuch0", 1}, family::udp6).status()),
            errc::unknown_interface);
  EXPECT_EQ(code_of(for_send({std::string("127.0.0.1\0.example.org", 22), 1}).status()),
            errc::invalid_name);
}

TEST(AddressText, IsReadFromFlags) {
  const auto read = [](std::string_view text) {
    const auto parsed = address::parse(text);
    return parsed.ok() ? parsed->to_string() : std::string(parsed.status().message());
  };
  EXPECT_EQ(read("127.0.0.1:53"), "127.0.0.1:53");
  EXPECT_EQ(read("[2001:db8::1]:53"), "[2001:db8::1]:53");
  EXPECT_EQ(read("localhost:53"), "\"localhost\" port 53");
  EXPECT_EQ(read(":53"), "port 53");
  EXPECT_EQ(read("unix:/run/x"), "unix:/run/x");
  EXPECT_EQ(read("unix:@name"), "unix:@name");
}

TEST(AddressText, ThatCannotBeReadIsRefusedNamingIt) {
  struct bad_text {
    const char* text;
    errc code;
  };
  for (const auto& [text, code] : {bad_text{"localhost", errc::invalid_address},
                                   {"", errc::invalid_address},
                                   {"localhost:", errc::invalid_port},
                                   {"localhost:65536", errc::invalid_port},
                                   {"localhost:+53", errc::invalid_port},
                                   {":-1", errc::invalid_port},
                                   {"127.1:53", errc::invalid_name},
                                   {"2001:db8::1:53", errc::invalid_address},
                                   {"[localhost]:53", errc::invalid_address},
                                   {"[fe80::1%nosuch0]:53", errc::unknown_interface},
                                   {"unix:@", errc::invalid_path}}) {
    const auto parsed = address::parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(code_of(parsed.status()), code) << parsed.status();
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(text));
  }
}

TEST(Address, IsNoFlagAndNoCharacter) {
  static_assert(std::is_constructible_v<address, int>);
  static_assert(std::is_constructible_v<address, std::uint16_t>);
  static_assert(std::is_constructible_v<address, std::uint8_t>);
  static_assert(!std::is_constructible_v<address, bool>);
  static_assert(!std::is_constructible_v<address, char>);
  static_assert(!std::is_constructible_v<address, char16_t>);
  static_assert(!std::is_constructible_v<address, double>);
}

TEST(Path, IsCheckedAgainstSunPath) {
  const auto f = family::unix_dgram;
  EXPECT_EQ(for_send(address::path("/run/x"), f)->where.path(), "/run/x");
  EXPECT_EQ(code_of(for_send(address::path(""), f).status()), errc::invalid_path);
  EXPECT_EQ(code_of(for_send(address::path(std::string(109, 'x')), f).status()),
            errc::invalid_path);
  EXPECT_EQ(code_of(for_send(endpoint::wildcard(f), f).status()), errc::invalid_path);
}

TEST(AddressText, IsWhatTheUserGave) {
  EXPECT_EQ(address(7).to_string(), "port 7");
  EXPECT_EQ(address("localhost", 7).to_string(), "\"localhost\" port 7");
  EXPECT_EQ(address::path("/x").to_string(), "\"/x\"");
  EXPECT_EQ(address(endpoint()).to_string(), "0.0.0.0:0");
}

TEST(AddressText, TakesThePortsThatThereAre) {
  EXPECT_EQ(address::parse("localhost:65535")->to_string(), "\"localhost\" port 65535");
  EXPECT_EQ(address::parse("localhost:0")->to_string(), "\"localhost\" port 0");
  EXPECT_EQ(address::parse(":65535")->to_string(), "port 65535");
}

}  // namespace
}  // namespace dgram
