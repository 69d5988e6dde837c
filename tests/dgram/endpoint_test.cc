#include "caf_dgram/dgram/endpoint.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/hash/hash_testing.h"
#include "caf_dgram/dgram/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::HasSubstr;

TEST(EndpointDefault, IsTheIpv4Wildcard) {
  const endpoint e;
  EXPECT_EQ(e.to_string(), "0.0.0.0:0");
  EXPECT_EQ(e.family(), family::udp4);
  EXPECT_TRUE(e.is_wildcard());
}

class EndpointText : public ::testing::TestWithParam<const char*> {};

TEST_P(EndpointText, SurvivesParsingAndFormatting) {
  const auto e = endpoint::parse(GetParam());
  ASSERT_TRUE(e.ok()) << e.status();
  EXPECT_EQ(e->to_string(), GetParam());
  EXPECT_EQ(*endpoint::parse(e->to_string()), *e);
}

INSTANTIATE_TEST_SUITE_P(Forms, EndpointText,
                         ::testing::Values("192.0.2.1:53", "0.0.0.0:0", "255.255.255.255:65535",
                                           "[2001:db8::1]:53", "[::]:0", "[::1]:65535",
                                           "[fe80::1%lo]:5353", "[::ffff:192.0.2.1]:9",
                                           "unix:/run/log", "unix:relative.sock",
                                           "unix:", "unix:\\100odd", "unix:\\100bad",
                                           "unix:tab\\there", "unix:/tmp/\xc3\xa9t\xc3\xa9"));

#ifdef CAF_DGRAM_NO_LINUX_FEATURES
TEST(EndpointUnixPath, MayBeAbstractOnLinuxOnly) {
  EXPECT_EQ(code_of(endpoint::parse("unix:@name").status()), errc::invalid_path);
}
#else
INSTANTIATE_TEST_SUITE_P(AbstractForms, EndpointText,
                         ::testing::Values("unix:@name", "unix:@with\\x00nul"));
#endif

struct bad_text {
  const char* text;
  errc code;
};

class EndpointBadText : public ::testing::TestWithParam<bad_text> {};

TEST_P(EndpointBadText, IsRefusedNamingTheText) {
  const auto e = endpoint::parse(GetParam().text);
  ASSERT_FALSE(e.ok()) << e->to_string();
  EXPECT_EQ(code_of(e.status()), GetParam().code) << e.status();
}

INSTANTIATE_TEST_SUITE_P(
    Forms, EndpointBadText,
    ::testing::Values(
        bad_text{"", errc::invalid_address}, bad_text{"192.0.2.1", errc::invalid_address},
        bad_text{"192.0.2.256:1", errc::invalid_address},
        bad_text{"localhost:1", errc::invalid_address}, bad_text{"192.0.2.1:", errc::invalid_port},
        bad_text{"192.0.2.1:x", errc::invalid_port}, bad_text{"192.0.2.1:-1", errc::invalid_port},
        bad_text{"192.0.2.1:+1", errc::invalid_port}, bad_text{"192.0.2.1: 1", errc::invalid_port},
        bad_text{"192.0.2.1:65536", errc::invalid_port},
        bad_text{"192.0.2.1:99999999999999999999", errc::invalid_port},
        bad_text{"2001:db8::1:53", errc::invalid_address},
        bad_text{"[192.0.2.1]:53", errc::invalid_address},
        bad_text{"[::1:53", errc::invalid_address},
        bad_text{"[fe80::1%nosuch0]:1", errc::unknown_interface},
        bad_text{"[fe80::1%]:1", errc::unknown_interface},
        bad_text{"192.0.2.1%lo:1", errc::invalid_address}, bad_text{"unix:@", errc::invalid_path},
        bad_text{"unix:bad\\xzz", errc::invalid_path},
        bad_text{"unix:nul\\000inside", errc::invalid_path}));

TEST(EndpointBadText, IsReportedWithTheReason) {
  EXPECT_THAT(std::string(endpoint::parse("192.0.2.1:x").status().message()),
              ::testing::AllOf(HasSubstr("192.0.2.1:x"), HasSubstr("not a number")));
}

TEST(EndpointBadText, IsReportedOnOneLine) {
  for (const auto& status :
       {endpoint::parse("evil\nERROR forged").status(), endpoint::parse("evil\nname:1").status(),
        endpoint::ip("evil\nname", 1).status(), endpoint::ip("fe80::1%evil\nname", 1).status(),
        endpoint::unix_path(std::string("evil\n\0name", 10)).status()}) {
    EXPECT_THAT(std::string(status.message()),
                ::testing::AllOf(HasSubstr("evil\\n"), ::testing::Not(HasSubstr("\n"))));
  }
}

TEST(EndpointBadText, IsNotWhatStandsBeforeANul) {
  const std::string nul(1, '\0');
  EXPECT_EQ(code_of(endpoint::parse("127.0.0.1" + nul + ".example.org:53").status()),
            errc::invalid_address);
  EXPECT_EQ(code_of(endpoint::ip("127.0.0.1" + nul, 53).status()), errc::invalid_address);
  EXPECT_EQ(code_of(endpoint::ip("::1" + nul + "x", 53).status()), errc::invalid_address);
  EXPECT_EQ(code_of(endpoint::ip("fe80::1%lo" + nul + "x", 53).status()), errc::invalid_address);
  EXPECT_EQ(code_of(endpoint::parse("127.0.0.1:53" + nul).status()), errc::invalid_port);
}

TEST(EndpointBadText, HasAScopeOfDigitsOrAName) {
  for (const char* scope : {" 1", "+1", "1 ", "-1", "0", "0x1", "4294967296"}) {
    EXPECT_EQ(code_of(endpoint::ip(std::string("fe80::1%") + scope, 53).status()),
              errc::unknown_interface)
        << scope;
  }
}

TEST(EndpointHost, IsTheAddressWithoutPortOrThePath) {
  EXPECT_EQ(endpoint::ip("192.0.2.1", 53)->host(), "192.0.2.1");
  EXPECT_EQ(endpoint::ip("fe80::1%lo", 53)->host(), "fe80::1%lo");
  EXPECT_EQ(endpoint::unix_path("/run/x")->host(), "/run/x");
}

TEST(EndpointIp, TakesPortsFrom0To65535) {
  EXPECT_TRUE(endpoint::ip("127.0.0.1", 0).ok());
  EXPECT_TRUE(endpoint::ip("127.0.0.1", 65'535).ok());
  EXPECT_EQ(code_of(endpoint::ip("127.0.0.1", -1).status()), errc::invalid_port);
  EXPECT_EQ(code_of(endpoint::ip("127.0.0.1", 65'536).status()), errc::invalid_port);
}

TEST(EndpointIp, ReadsScopesByNameAndByIndex) {
  const auto by_name = endpoint::ip("fe80::1%lo", 1);
  ASSERT_TRUE(by_name.ok()) << by_name.status();
  EXPECT_EQ(by_name->scope_id(), ::if_nametoindex("lo"));
  const auto by_index = endpoint::ip("fe80::1%" + std::to_string(::if_nametoindex("lo")), 1);
  ASSERT_TRUE(by_index.ok()) << by_index.status();
  EXPECT_EQ(*by_name, *by_index);
  EXPECT_EQ(by_name->with_scope_id(0).to_string(), "[fe80::1]:1");
}

TEST(EndpointScope, OfAnInterfaceThatIsGoneIsShownByIndex) {
  const auto e = endpoint::ip("fe80::1", 1)->with_scope_id(987'654);
  EXPECT_EQ(e.to_string(), "[fe80::1%987654]:1");
  EXPECT_EQ(*endpoint::parse(e.to_string()), e);
}

TEST(EndpointInFamily, MapsIpv4AddressesToIpv6AndBack) {
  const auto v4 = *endpoint::parse("192.0.2.1:53");
  const auto mapped = v4.in_family(family::udp6);
  ASSERT_TRUE(mapped);
  EXPECT_EQ(mapped->to_string(), "[::ffff:192.0.2.1]:53");
  EXPECT_EQ(mapped->in_family(family::udp4), v4);
  EXPECT_EQ(v4.in_family(family::udp4), v4);
}

TEST(EndpointInFamily, IsNothingForOthers) {
  const auto v6 = *endpoint::parse("[2001:db8::1]:53");
  EXPECT_EQ(v6.in_family(family::udp4), std::nullopt);
  EXPECT_EQ(v6.in_family(family::unix_dgram), std::nullopt);
  EXPECT_EQ(endpoint().in_family(family::unix_dgram), std::nullopt);
  EXPECT_EQ(endpoint::unix_path("/x")->in_family(family::udp6), std::nullopt);
}

TEST(EndpointUnixPath, FitsUpToSunPath) {
#ifdef CAF_DGRAM_NO_LINUX_FEATURES
  const std::size_t limit = sizeof(::sockaddr_un::sun_path) - 1;
#else
  const std::size_t limit = sizeof(::sockaddr_un::sun_path);
#endif
  const auto longest = endpoint::unix_path(std::string(limit, 'x'));
  ASSERT_TRUE(longest.ok()) << longest.status();
  EXPECT_EQ(longest->path(), std::string(limit, 'x'));
  const auto longer = endpoint::unix_path(std::string(limit + 1, 'x'));
  EXPECT_EQ(code_of(longer.status()), errc::invalid_path);
  EXPECT_THAT(std::string(longer.status().message()),
              HasSubstr("at most " + std::to_string(limit) + " fit"));
}

#ifndef CAF_DGRAM_NO_LINUX_FEATURES
TEST(EndpointUnixPath, MayBeAbstractUpToAllOfSunPath) {
  const std::string name =
      std::string(1, '\0') + std::string(sizeof(::sockaddr_un::sun_path) - 1, 'n');
  const auto longest = endpoint::unix_path(name);
  ASSERT_TRUE(longest.ok()) << longest.status();
  EXPECT_EQ(longest->path(), name);
  EXPECT_EQ(code_of(endpoint::unix_path(name + "n").status()), errc::invalid_path);
}

#endif

TEST(EndpointUnixPath, MustNotBeEmptyNorHoldNuls) {
  EXPECT_EQ(code_of(endpoint::unix_path("").status()), errc::invalid_path);
  EXPECT_EQ(code_of(endpoint::unix_path(std::string("a\0b", 3)).status()), errc::invalid_path);
}

TEST(EndpointFromSockaddr, KeepsWhatTheKernelReports) {
  ::sockaddr_un un{};
  un.sun_family = AF_UNIX;
  std::strcpy(un.sun_path, "/run/x");
  const auto* address = reinterpret_cast<const ::sockaddr*>(&un);
  const auto with_tail = endpoint::from_sockaddr(address, sizeof(un));
  const auto exact = endpoint::from_sockaddr(address, offsetof(::sockaddr_un, sun_path) + 6);
  ASSERT_TRUE(with_tail && exact);
  EXPECT_EQ(*with_tail, *endpoint::unix_path("/run/x"));
  EXPECT_EQ(*exact, *with_tail);
  EXPECT_EQ(endpoint::from_sockaddr(address, 0)->to_string(), "unix:");
  EXPECT_EQ(endpoint::from_sockaddr(address, sizeof(::sa_family_t))->to_string(), "unix:");
}

TEST(EndpointFromSockaddr, KeepsAPathThatTakesAllOfSunPath) {
  ::sockaddr_un un{};
  un.sun_family = AF_UNIX;
  const std::string path = "/" + std::string(sizeof(un.sun_path) - 1, 'x');
  std::memcpy(un.sun_path, path.data(), path.size());
  const auto whole = endpoint::from_sockaddr(reinterpret_cast<::sockaddr*>(&un), sizeof(un));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->path(), path);
  EXPECT_EQ(whole->size(), sizeof(un));
}

TEST(EndpointFromSockaddr, RefusesShortAndForeignAddresses) {
  ::sockaddr_in v4{};
  v4.sin_family = AF_INET;
  EXPECT_FALSE(endpoint::from_sockaddr(reinterpret_cast<::sockaddr*>(&v4), sizeof(v4) - 1));
  EXPECT_FALSE(endpoint::from_sockaddr(reinterpret_cast<::sockaddr*>(&v4), 1));
  ::sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  EXPECT_FALSE(endpoint::from_sockaddr(reinterpret_cast<::sockaddr*>(&v6), sizeof(v6) - 1));
  EXPECT_TRUE(endpoint::from_sockaddr(reinterpret_cast<::sockaddr*>(&v6), sizeof(v6)));
  v4.sin_family = AF_APPLETALK;
  EXPECT_FALSE(endpoint::from_sockaddr(reinterpret_cast<::sockaddr*>(&v4), sizeof(v4)));
}

TEST(EndpointProperties, TellMulticastAndWildcard) {
  EXPECT_TRUE(endpoint::ip("224.0.0.0", 0)->is_multicast());
  EXPECT_TRUE(endpoint::ip("239.255.255.255", 0)->is_multicast());
  EXPECT_FALSE(endpoint::ip("223.255.255.255", 0)->is_multicast());
  EXPECT_FALSE(endpoint::ip("240.0.0.0", 0)->is_multicast());
  EXPECT_TRUE(endpoint::ip("ff02::1", 0)->is_multicast());
  EXPECT_FALSE(endpoint::ip("fe80::1", 0)->is_multicast());
  EXPECT_FALSE(endpoint::unix_path("/x")->is_multicast());
  EXPECT_TRUE(endpoint::wildcard(family::udp6, 9).is_wildcard());
  EXPECT_TRUE(endpoint::wildcard(family::unix_dgram).is_wildcard());
  EXPECT_FALSE(endpoint::loopback(family::udp6, 9).is_wildcard());
}

TEST(EndpointOrder, IsTotalAndAgreesWithEqualityAndHash) {
  std::vector<endpoint> all;
  for (const char* text :
       {"0.0.0.0:0", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.2:1", "[::]:0", "[::1]:1",
        "[fe80::1]:1", "[fe80::1%lo]:1", "unix:", "unix:/a", "unix:/b"}) {
    all.push_back(*endpoint::parse(text));
  }
  for (const auto& a : all) {
    for (const auto& b : all) {
      EXPECT_EQ((a < b) + (b < a) + (a == b), 1) << a.to_string() << " " << b.to_string();
    }
  }
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly(all));
  EXPECT_EQ(std::unordered_set<endpoint>(all.begin(), all.end()).size(), all.size());
}

TEST(EndpointProperties, OfOtherFamiliesAreNone) {
  const auto path = *endpoint::unix_path("/x");
  EXPECT_EQ(path.port(), 0);
  EXPECT_EQ(path.scope_id(), 0U);
  EXPECT_EQ(path.with_port(53), path);
  EXPECT_EQ(endpoint::ip("127.0.0.1", 0x2f78)->path(), "");
  EXPECT_EQ(endpoint::ip("::1", 0x2f78)->path(), "");
  EXPECT_EQ(endpoint::wildcard(family::udp4), endpoint());
  EXPECT_EQ(endpoint::ip("::ffff:192.0.2.1", 53)->in_family(family::unix_dgram), std::nullopt);
}

TEST(EndpointSize, IsThatOfTheNameAndOfAPathsFinalNul) {
  constexpr auto before_path = offsetof(::sockaddr_un, sun_path);
  EXPECT_EQ(endpoint::unix_path("/run/x")->size(), before_path + 7);
  const auto unnamed = endpoint::wildcard(family::unix_dgram);
  EXPECT_EQ(unnamed.size(), before_path);
  EXPECT_EQ(unnamed.data()->sa_family, AF_UNIX);
}

TEST(EndpointScope, IsAnIndexOfUpTo32Bits) {
  const auto e = endpoint::ip("fe80::1%4294967295", 1);
  ASSERT_TRUE(e.ok()) << e.status();
  EXPECT_EQ(e->scope_id(), std::numeric_limits<std::uint32_t>::max());
}

TEST(EndpointFromSockaddr, LeavesOutWhatIsNoPartOfTheAddress) {
  ::sockaddr_in v4{};
  v4.sin_family = AF_INET;
  ::sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  const auto plain4 = *endpoint::from_sockaddr(reinterpret_cast<::sockaddr*>(&v4), sizeof(v4));
  const auto plain6 = *endpoint::from_sockaddr(reinterpret_cast<::sockaddr*>(&v6), sizeof(v6));
  std::memset(v4.sin_zero, 'z', sizeof(v4.sin_zero));
  v6.sin6_flowinfo = htonl(7);
  const auto odd4 = *endpoint::from_sockaddr(reinterpret_cast<::sockaddr*>(&v4), sizeof(v4));
  const auto odd6 = *endpoint::from_sockaddr(reinterpret_cast<::sockaddr*>(&v6), sizeof(v6));
  for (const auto& [plain, odd] : {std::pair(plain4, odd4), std::pair(plain6, odd6)}) {
    EXPECT_EQ(plain, odd);
    EXPECT_FALSE(plain < odd);
    EXPECT_FALSE(odd < plain);
    EXPECT_EQ(std::hash<endpoint>()(plain), std::hash<endpoint>()(odd));
  }
}

#ifndef CAF_DGRAM_NO_LINUX_FEATURES
TEST(EndpointOrder, TellsAbstractNamesThatBeginAlikeApart) {
  const auto shorter = *endpoint::parse("unix:@a");
  const auto longer = *endpoint::parse("unix:@ab");
  EXPECT_NE(shorter, longer);
  EXPECT_NE(longer, shorter);
  EXPECT_LT(shorter, longer);
}
#endif

}  // namespace
}  // namespace dgram
