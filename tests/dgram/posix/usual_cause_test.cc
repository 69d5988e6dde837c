#include "caf_dgram/dgram/posix/usual_cause.h"

#include <cerrno>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::HasSubstr;

std::string of_bind(int error, const char* local) {
  return std::string(usual_cause_of_bind(error, *endpoint::parse(local)));
}

std::string of_send(int error, const char* to) {
  return std::string(usual_cause_of_send(error, *endpoint::parse(to)));
}

TEST(UsualCause, OfALinkLocalAddressIsItsScope) {
  for (const char* text : {"[fe80::1]:53", "[ff02::4242]:5400", "[ff01::1]:53"}) {
    EXPECT_THAT(of_bind(EINVAL, text), HasSubstr("needs its interface")) << text;
    EXPECT_THAT(of_send(EINVAL, text), HasSubstr("needs its interface")) << text;
  }
  for (const char* text : {"[fe80::1%lo]:53", "[ff05::1]:53", "[2001:db8::1]:53", "127.0.0.1:53"}) {
    EXPECT_EQ(of_bind(EINVAL, text), "") << text;
    EXPECT_EQ(of_send(EINVAL, text), "") << text;
  }
}

TEST(UsualCause, OfAForbiddenSendIsABroadcast) {
  EXPECT_THAT(of_send(EACCES, "255.255.255.255:9"), HasSubstr("set_broadcast"));
  EXPECT_EQ(of_send(EACCES, "239.1.1.1:9"), "");
  EXPECT_THAT(of_send(EACCES, "unix:/run/x"), HasSubstr("write to the path"));
}

TEST(UsualCause, OfAForbiddenBindIsAPrivilegedPort) {
  EXPECT_THAT(of_bind(EACCES, "127.0.0.1:1023"), HasSubstr("CAP_NET_BIND_SERVICE"));
  EXPECT_EQ(of_bind(EACCES, "127.0.0.1:1024"), "");
  EXPECT_THAT(of_bind(EACCES, "unix:/run/x"), HasSubstr("directory"));
}

TEST(UsualCause, OfAnUnreachableGroupIsTheMissingRoute) {
  EXPECT_THAT(of_send(ENETUNREACH, "239.1.1.1:9"), HasSubstr("set_multicast_interface"));
  EXPECT_EQ(of_send(ENETUNREACH, "192.0.2.1:9"), "");
}

TEST(UsualCause, OfAnUnreachableIpv4AddressMayBeIpv6Only) {
  EXPECT_THAT(of_send(ENETUNREACH, "[::ffff:192.0.2.1]:9"), HasSubstr("ipv6_only"));
}

TEST(UsualCause, OfASourceIsThatNoInterfaceHasIt) {
  const auto to = *endpoint::parse("127.0.0.1:9");
  const auto source = *ip_address::parse("192.0.2.1");
  EXPECT_EQ(usual_cause_of_send(EINVAL, to, source),
            "no interface of this host has the source address");
  EXPECT_EQ(usual_cause_of_send(ENETUNREACH, to, source),
            "no route from the source address, or no interface has it");
  EXPECT_EQ(usual_cause_of_send(ECONNREFUSED, to, source), "");
  // A missing scope is the likelier cause.
  EXPECT_THAT(std::string(usual_cause_of_send(EINVAL, *endpoint::parse("[fe80::1]:53"),
                                              *ip_address::parse("::1"))),
              HasSubstr("needs its interface"));
  EXPECT_THAT(std::string(usual_cause_of_send(EINVAL, *endpoint::parse("[2001:db8::1]:53"),
                                              *ip_address::parse("fe80::1"))),
              HasSubstr("needs its interface"));
}

TEST(UsualCause, OfAnAddressThatIsNotAvailable) {
  EXPECT_THAT(of_bind(EADDRNOTAVAIL, "192.0.2.1:9"), HasSubstr("no interface"));
}

TEST(UsualCause, IsLeftToErrnoOtherwise) {
  EXPECT_EQ(of_bind(EADDRINUSE, "127.0.0.1:9"), "");
  EXPECT_EQ(of_send(ECONNREFUSED, "127.0.0.1:9"), "");
}

}  // namespace
}  // namespace dgram
