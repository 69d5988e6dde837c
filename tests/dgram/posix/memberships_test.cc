#include "caf_dgram/dgram/posix/memberships.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <set>
#include <string>

#include "caf_dgram/dgram/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::ElementsAre;

const auto group4 = *endpoint::ip("239.255.1.2", 0);
const auto group6 = *endpoint::ip("ff15::1:2", 0);

class LoopbackMembership : public ::testing::TestWithParam<family> {
 protected:
  static const endpoint& group() { return GetParam() == family::udp4 ? group4 : group6; }

  socket sock = *socket::open(GetParam());
  memberships sut;
  const std::uint32_t lo = ::if_nametoindex("lo");
};

INSTANTIATE_TEST_SUITE_P(Families, LoopbackMembership,
                         ::testing::Values(family::udp4, family::udp6),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(LoopbackMembership, IsAddedAndDroppedByName) {
  EXPECT_THAT(sut.add(sock, group(), "lo")->interfaces, ElementsAre(lo));
  EXPECT_THAT(sut.drop(sock, group(), "lo")->interfaces, ElementsAre(lo));
}

TEST_P(LoopbackMembership, IsDroppedWhereverItWasAdded) {
  EXPECT_THAT(sut.add(sock, group(), interface_selector::index(lo))->interfaces, ElementsAre(lo));
  EXPECT_THAT(sut.drop(sock, group(), interface_selector::all())->interfaces, ElementsAre(lo));
}

TEST_P(LoopbackMembership, CannotBeAddedTwice) {
  ASSERT_TRUE(sut.add(sock, group(), "lo").ok());
  const auto again = sut.add(sock, group(), "lo");
  EXPECT_EQ(errno_of(again.status()), EADDRINUSE) << again.status();
}

TEST_P(LoopbackMembership, CannotBeDroppedWithoutHavingBeenAdded) {
  const auto dropped = sut.drop(sock, group(), "lo");
  EXPECT_EQ(code_of(dropped.status()), errc::not_a_member) << dropped.status();
  EXPECT_EQ(code_of(sut.drop(sock, group(), interface_selector::all()).status()),
            errc::not_a_member);
}

TEST_P(LoopbackMembership, IsRefusedOnAnUnknownInterface) {
  EXPECT_EQ(code_of(sut.add(sock, group(), "nosuch0").status()), errc::unknown_interface);
  EXPECT_EQ(code_of(sut.drop(sock, group(), "nosuch0").status()), errc::unknown_interface);
}

TEST(ScopedGroup, NamesItsInterfaceItself) {
  auto sock = *socket::open(family::udp6);
  memberships sut;
  const auto group = *parse_group("add membership", "ff02::1:2%lo", family::udp6);
  EXPECT_THAT(sut.add(sock, group, interface_selector::all())->interfaces,
              ElementsAre(::if_nametoindex("lo")));
  EXPECT_TRUE(sut.drop(sock, group, interface_selector::all()).ok());
}

TEST(ParseGroup, TakesMulticastAddressesOfTheFamily) {
  EXPECT_EQ(*parse_group("add membership", "239.255.1.2", family::udp4), group4);
  EXPECT_EQ(*parse_group("add membership", "ff15::1:2", family::udp6), group6);
}

TEST(ParseGroup, TakesIpv4GroupsForUdp6AsSuch) {
  for (const char* text : {"239.255.1.2", "::ffff:239.255.1.2"}) {
    EXPECT_EQ(*parse_group("add membership", text, family::udp6), group4);
    EXPECT_EQ(*parse_group("add membership", text, family::udp4), group4);
  }
}

TEST(Ipv4Group, IsJoinedByAUdp6SocketUnlessItIsIpv6Only) {
  auto sock = *socket::open(family::udp6);
  memberships sut;
  const auto lo = ::if_nametoindex("lo");
  EXPECT_THAT(sut.add(sock, group4, "127.0.0.1")->interfaces, ElementsAre(lo));
  EXPECT_TRUE(sock.is_member(group4, lo));
  EXPECT_THAT(sut.drop(sock, group4, "lo")->interfaces, ElementsAre(lo));
  EXPECT_FALSE(sock.is_member(group4, lo));
  ASSERT_TRUE(sock.set(option::ipv6_only, true).ok());
  const auto refused = sut.add(sock, group4, "lo");
  EXPECT_EQ(code_of(refused.status()), errc::wrong_family);
  EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr("ipv6_only"));
}

TEST(ParseGroup, RefusesOthers) {
  const auto code = [](const std::string& text, family f) {
    return code_of(parse_group("add membership", text, f).status());
  };
  EXPECT_EQ(code("ff15::1", family::udp4), errc::wrong_family);
  EXPECT_EQ(code("239.255.1.2", family::unix_dgram), errc::wrong_family);
  EXPECT_EQ(code("192.0.2.1", family::udp4), errc::invalid_address);
  EXPECT_EQ(code("nonsense", family::udp4), errc::invalid_address);
  EXPECT_EQ(code("", family::udp4), errc::invalid_address);
  EXPECT_EQ(parse_group("add membership", "1.2.3.4", family::udp4).status().message(),
            "add membership \"1.2.3.4\": not a multicast group");
}

TEST(ParseGroup, ReportsATextOnOneLine) {
  const auto group = parse_group("add membership", "evil\nERROR forged", family::udp4);
  EXPECT_EQ(
      group.status().message(),
      "add membership \"evil\\nERROR forged\": address \"evil\\nERROR forged\": not an IPv4 or "
      "IPv6 address");
}

TEST_P(LoopbackMembership, OnANamedInterfaceIsNotTheKernelsChoice) {
  ASSERT_TRUE(sut.add(sock, group(), "lo").ok());
  EXPECT_EQ(code_of(sut.drop(sock, group(), interface_selector::any()).status()),
            errc::not_a_member);
  EXPECT_THAT(sut.drop(sock, group(), "lo")->interfaces, ElementsAre(lo));
}

TEST_P(LoopbackMembership, IsDroppedWithoutThatOfTheNextGroup) {
  const auto next = *endpoint::ip(GetParam() == family::udp4 ? "239.255.1.3" : "ff15::1:3", 0);
  ASSERT_TRUE(sut.add(sock, group(), "lo").ok());
  ASSERT_TRUE(sut.add(sock, next, "lo").ok());
  EXPECT_THAT(sut.drop(sock, group(), interface_selector::all())->interfaces, ElementsAre(lo));
  EXPECT_THAT(sut.drop(sock, next, interface_selector::all())->interfaces, ElementsAre(lo));
}

#ifndef CAF_DGRAM_NO_LINUX_FEATURES
/// The kernel, which joins every group and does not tell on which interface.
class silent_kernel : public syscalls {
 public:
  mutable int leave_error = 0;

  int setsockopt(int fd, int level, int name, const void* value,
                 ::socklen_t length) const noexcept override {
    if (level == IPPROTO_IP && name == MCAST_JOIN_GROUP) return 0;
    if (level == IPPROTO_IP && name == MCAST_LEAVE_GROUP) {
      return leave_error == 0 ? 0 : (errno = leave_error, -1);
    }
    return syscalls::setsockopt(fd, level, name, value, length);
  }

  int getsockopt(int fd, int level, int name, void* value,
                 ::socklen_t* length) const noexcept override {
    if (level == IPPROTO_IP && name == MCAST_MSFILTER) return errno = EADDRNOTAVAIL, -1;
    return syscalls::getsockopt(fd, level, name, value, length);
  }
};

TEST(KernelsChoice, IsNumberZeroIfNotToldAndApartFromNamedInterfaces) {
  const silent_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  memberships sut;
  const auto lo = ::if_nametoindex("lo");
  EXPECT_THAT(sut.add(sock, group4, interface_selector::any())->interfaces, ElementsAre(0U));
  EXPECT_THAT(sut.add(sock, group4, "lo")->interfaces, ElementsAre(lo));
  EXPECT_THAT(sut.drop(sock, group4, "lo")->interfaces, ElementsAre(lo));
  EXPECT_THAT(sut.drop(sock, group4, interface_selector::any())->interfaces, ElementsAre(0U));
}

TEST(Membership, ThatTheKernelRefusesToEndIsToldAndForgotten) {
  const silent_kernel kernel;
  auto sock = *socket::open(family::udp4, kernel);
  memberships sut;
  ASSERT_TRUE(sut.add(sock, group4, "lo").ok());
  kernel.leave_error = EADDRNOTAVAIL;
  EXPECT_EQ(errno_of(sut.drop(sock, group4, "lo").status()), EADDRNOTAVAIL);
  EXPECT_EQ(code_of(sut.drop(sock, group4, "lo").status()), errc::not_a_member);
}
#endif

}  // namespace
}  // namespace dgram
