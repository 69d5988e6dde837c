#include "caf_dgram/dgram/posix/lookup.h"

#include <netdb.h>
#include <sys/socket.h>

#include <string>

#include "caf_dgram/dgram/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/unresolvable.h"

namespace dgram {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
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
  const auto found = lookup(family::udp4, testing::unresolvable);
  EXPECT_EQ(code_of(found.status()), errc::name_not_resolved);
  const std::string message(found.status().message());
  EXPECT_THAT(message, HasSubstr("resolve \"" + testing::unresolvable + "\": "));
  EXPECT_GT(message.size(), ("resolve \"" + testing::unresolvable + "\":  (udp4)").size());
}

TEST(Lookup, RefusesNamesThatCannotBe) {
  EXPECT_EQ(code_of(lookup(family::udp4, "").status()), errc::invalid_name);
  EXPECT_EQ(code_of(lookup(family::udp4, std::string(254, 'a')).status()), errc::invalid_name);
  EXPECT_EQ(code_of(lookup(family::udp4, std::string("a\0b", 3)).status()), errc::invalid_name);
  EXPECT_EQ(code_of(lookup(family::unix_dgram, "localhost").status()), errc::wrong_family);
}

TEST(Lookup, RefusesAddressesThatParseDoesNotRead) {
  for (const std::string name : {"010.0.0.1", "127.1", "0x7f.1", "127.0.0.1 ", "2130706433"}) {
    const auto found = lookup(family::udp4, name);
    EXPECT_EQ(code_of(found.status()), errc::invalid_name) << name;
    EXPECT_THAT(std::string(found.status().message()), HasSubstr("four decimal numbers"));
  }
  EXPECT_TRUE(lookup(family::udp4, "127.0.0.1").ok());
}

TEST(Lookup, ReportsANameOnOneLine) {
  for (const std::string name : {"evil\nERROR forged", "evil\n.invalid"}) {
    const auto found = lookup(family::udp4, name);
    ASSERT_FALSE(found.ok());
    EXPECT_THAT(std::string(found.status().message()),
                ::testing::AllOf(HasSubstr("evil\\n"), ::testing::Not(HasSubstr("\n"))));
  }
}

TEST(Lookup, FindsEachAddressOnce) {
  EXPECT_THAT(*lookup(family::udp4, "127.0.0.1"), ElementsAre(endpoint::loopback(family::udp4, 0)));
  EXPECT_THAT(*lookup(family::udp6, "::1"), ElementsAre(endpoint::loopback(family::udp6, 0)));
}

TEST(Lookup, MapsIpv4AddressesForUdp6) {
  EXPECT_THAT(*lookup(family::udp6, "127.0.0.1"),
              ElementsAre(*endpoint::loopback(family::udp4, 0).in_family(family::udp6)));
}

TEST(Lookup, TellsTheReasonInTheResolversWords) {
  // An address of another family fails without a name server.
  ::addrinfo hints{};
  hints.ai_family = AF_INET;
  ::addrinfo* none = nullptr;
  const int code = ::getaddrinfo("::1", nullptr, &hints, &none);
  ASSERT_NE(code, 0);
  EXPECT_THAT(std::string(lookup(family::udp4, "::1").status().message()),
              HasSubstr(::gai_strerror(code)));
}

TEST(Lookup, TakesNamesOfUpTo253Bytes) {
  EXPECT_TRUE(check_host_name(std::string(253, 'a')).ok());
  EXPECT_EQ(code_of(check_host_name(std::string(254, 'a'))), errc::invalid_name);
}

}  // namespace
}  // namespace dgram
