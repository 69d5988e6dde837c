#include "caf_dgram/dgram/ip_address.h"

#include <string>

#include "absl/hash/hash_testing.h"
#include "caf_dgram/dgram/error.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

ip_address parsed(const char* text) {
  const auto result = ip_address::parse(text);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.value_or(ip_address());
}

TEST(IpAddress, IsUnspecifiedAtFirst) {
  EXPECT_TRUE(ip_address().is_unspecified());
  EXPECT_FALSE(ip_address().is_v4());
  EXPECT_EQ(ip_address().to_string(), "::");
  EXPECT_EQ(parsed("::"), ip_address());
  EXPECT_EQ(parsed("0.0.0.0"), ip_address());
}

TEST(IpAddress, PrintsWhatItReads) {
  for (const char* text :
       {"192.0.2.1", "127.0.0.2", "255.255.255.255", "::1", "2001:db8::1", "fe80::1%lo"}) {
    const auto sut = parsed(text);
    EXPECT_EQ(sut.to_string(), text);
    EXPECT_FALSE(sut.is_unspecified()) << text;
    EXPECT_EQ(sut.is_v4(), std::string(text).find('.') != std::string::npos) << text;
  }
}

TEST(IpAddress, RefusesOtherTexts) {
  for (const char* text : {"", "1.2.3", "1.2.3.4:5", "[::1]", "localhost"}) {
    EXPECT_EQ(code_of(ip_address::parse(text).status()), errc::invalid_address) << text;
  }
  EXPECT_EQ(code_of(ip_address::parse("fe80::1%nosuch").status()), errc::unknown_interface);
}

TEST(IpAddress, OfAnIpv4MappedAddressIsTheIpv4Address) {
  const auto sut = parsed("::ffff:192.0.2.1");
  EXPECT_EQ(sut, parsed("192.0.2.1"));
  EXPECT_TRUE(sut.is_v4());
  EXPECT_EQ(parsed("::ffff:0.0.0.0"), ip_address());
}

TEST(IpAddress, IsThatOfAnEndpointWithoutItsPort) {
  EXPECT_EQ(ip_address::of(*endpoint::parse("192.0.2.1:53")), parsed("192.0.2.1"));
  EXPECT_EQ(ip_address::of(*endpoint::parse("[fe80::1%lo]:53")), parsed("fe80::1%lo"));
  EXPECT_EQ(ip_address::of(*endpoint::parse("unix:/run/log")), ip_address());
  EXPECT_EQ(parsed("192.0.2.1").with_port(53), *endpoint::parse("192.0.2.1:53"));
  EXPECT_EQ(parsed("fe80::1%lo").with_port(53), *endpoint::parse("[fe80::1%lo]:53"));
  EXPECT_EQ(ip_address().with_port(53), *endpoint::parse("[::]:53"));
}

TEST(IpAddress, TakesTheFormOfEachFamily) {
  const auto v4 = parsed("192.0.2.1");
  EXPECT_EQ(v4.as_v4().s_addr, htonl(0xc0000201));
  EXPECT_EQ(ip_address::v6(v4.as_v6()), v4);
  const auto mapped = v4.as_v6();
  EXPECT_TRUE(IN6_IS_ADDR_V4MAPPED(&mapped));
  const auto v6 = parsed("fe80::1%lo");
  EXPECT_EQ(ip_address::v6(v6.as_v6(), v6.scope_id()), v6);
  EXPECT_NE(ip_address::v6(v6.as_v6()), v6);
}

TEST(IpAddress, IsAnOrderedKey) {
  EXPECT_LT(parsed("192.0.2.1"), parsed("192.0.2.2"));
  EXPECT_LT(ip_address::v6(parsed("fe80::1").as_v6(), 1),
            ip_address::v6(parsed("fe80::1").as_v6(), 2));
  EXPECT_FALSE(parsed("::1") < parsed("::1"));
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly(
      {ip_address(), parsed("192.0.2.1"), parsed("::ffff:192.0.2.1"), parsed("::1"),
       parsed("fe80::1"), parsed("fe80::1%lo")}));
}

}  // namespace
}  // namespace dgram
