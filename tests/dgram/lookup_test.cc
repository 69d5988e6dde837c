#include "dgram/lookup.h"

#include <string>

#include "dgram/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST(Lookup, FindsLocalhost) {
  const auto found = lookup(family::udp4, "localhost");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(*found, Contains(endpoint::loopback(family::udp4, 0)));
}

TEST(Lookup, ReadsAddressesInNumbers) {
  EXPECT_THAT(*lookup(family::udp6, "::1"), Contains(endpoint::loopback(family::udp6, 0)));
}

TEST(Lookup, FailsWithTheNameAndTheResolversReason) {
  // RFC 6761: "invalid." never exists.
  const auto found = lookup(family::udp4, "no-such-host.invalid");
  EXPECT_EQ(code_of(found.status()), errc::name_not_resolved);
  const std::string message(found.status().message());
  EXPECT_THAT(message, HasSubstr("resolve \"no-such-host.invalid\": "));
  EXPECT_GT(message.size(), std::string("resolve \"no-such-host.invalid\":  (udp4)").size());
}

TEST(Lookup, RefusesNamesThatCannotBe) {
  EXPECT_EQ(code_of(lookup(family::udp4, "").status()), errc::invalid_name);
  EXPECT_EQ(code_of(lookup(family::udp4, std::string(254, 'a')).status()), errc::invalid_name);
  EXPECT_EQ(code_of(lookup(family::udp4, std::string("a\0b", 3)).status()), errc::invalid_name);
  EXPECT_EQ(code_of(lookup(family::unix_dgram, "localhost").status()), errc::wrong_family);
}

}  // namespace
}  // namespace dgram
