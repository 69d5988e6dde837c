#include "caf_dgram/dgram/posix/control_message.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "caf_dgram/dgram/posix/system_options.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

/// Received control messages, put together by hand.
class received {
 public:
  template <class T>
  received& with(int level, int type, T value) {
    auto* header = reinterpret_cast<::cmsghdr*>(buffer_.data() + size_);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof(T));
    std::memcpy(CMSG_DATA(header), &value, sizeof(T));
    size_ += CMSG_SPACE(sizeof(T));
    return *this;
  }

  /// The first header claims another length than it has.
  received& claiming(std::size_t length) {
    reinterpret_cast<::cmsghdr*>(buffer_.data())->cmsg_len = length;
    return *this;
  }

  control_info read(std::size_t missing = 0) {
    ::msghdr message{};
    message.msg_control = buffer_.data();
    message.msg_controllen = size_ - missing;
    return read_control(message);
  }

 private:
  alignas(::cmsghdr) std::array<char, 256> buffer_{};
  std::size_t size_ = 0;
};

TEST(ControlMessage, WritesTheSegmentSizeAsTheKernelWantsIt) {
  control_writer sut;
  sut.add_segment_size(1200);
  ::msghdr message{};
  sut.attach_to(message);
  const auto* header = CMSG_FIRSTHDR(&message);
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->cmsg_level, IPPROTO_UDP);
  EXPECT_EQ(header->cmsg_type, udp_segment);
  EXPECT_EQ(header->cmsg_len, CMSG_LEN(sizeof(std::uint16_t)));
  std::uint16_t size = 0;
  std::memcpy(&size, CMSG_DATA(header), sizeof(size));
  EXPECT_EQ(size, 1200);
}

/// The control message behind a segment size, if it is a T of that kind.
template <class T>
std::optional<T> written_second(control_writer& sut, int level, int type) {
  ::msghdr message{};
  sut.attach_to(message);
  auto* first = CMSG_FIRSTHDR(&message);
  if (first == nullptr || first->cmsg_type != udp_segment) return std::nullopt;
  const auto* second = CMSG_NXTHDR(&message, first);
  if (second == nullptr || second->cmsg_level != level || second->cmsg_type != type ||
      second->cmsg_len != CMSG_LEN(sizeof(T))) {
    return std::nullopt;
  }
  T value;
  std::memcpy(&value, CMSG_DATA(second), sizeof(value));
  return value;
}

TEST(ControlMessage, WritesAnInterfaceBesideTheSegmentSize) {
  control_writer sut;
  sut.add_segment_size(1200);
  sut.add_source({}, 7);
  const auto info = written_second<::in6_pktinfo>(sut, IPPROTO_IPV6, IPV6_PKTINFO);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->ipi6_ifindex, 7U);
  EXPECT_EQ(ip_address::v6(info->ipi6_addr), ip_address());
}

TEST(ControlMessage, WritesAnIpv4SourceAndLeavesTheInterfaceToTheRoutes) {
  control_writer sut;
  sut.add_segment_size(1200);
  sut.add_source(*ip_address::parse("127.0.0.2"), 7);
  const auto info = written_second<packet_info>(sut, IPPROTO_IP, ip_pktinfo);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->ipi_spec_dst.s_addr, htonl(0x7f000002));
  EXPECT_EQ(info->ipi_ifindex, decltype(info->ipi_ifindex){0});
}

TEST(ControlMessage, WritesAnIpv6SourceWithItsScopeOrTheDestinations) {
  for (const std::uint32_t of_destination : {0U, 7U}) {
    const auto source = ip_address::v6(ip_address::parse("fe80::1")->as_v6(), 3);
    control_writer sut;
    sut.add_segment_size(1200);
    sut.add_source(source, of_destination);
    const auto info = written_second<::in6_pktinfo>(sut, IPPROTO_IPV6, IPV6_PKTINFO);
    ASSERT_TRUE(info);
    EXPECT_EQ(ip_address::v6(info->ipi6_addr, 3), source);
    EXPECT_EQ(info->ipi6_ifindex, of_destination == 0 ? 3U : 7U);
  }
}

TEST(ControlMessage, WritesNothingUnlessAsked) {
  control_writer sut;
  ::msghdr message{};
  sut.add_source({}, 0);
  sut.attach_to(message);
  EXPECT_EQ(message.msg_control, nullptr);
  EXPECT_EQ(message.msg_controllen, 0U);
}

TEST(ControlMessage, FindsTheSegmentSizeAmongOthers) {
  EXPECT_EQ(received().read().segment_size, 0U);
  EXPECT_EQ(received().with(IPPROTO_UDP, udp_gro, 1200).read().segment_size, 1200U);
  EXPECT_EQ(received()
                .with(SOL_SOCKET, so_rxq_ovfl, std::uint32_t{7})
                .with(IPPROTO_UDP, udp_gro, 9)
                .with(IPPROTO_IP, IP_TTL, 64)
                .read()
                .segment_size,
            9U);
}

TEST(ControlMessage, PassesOverWhatIsCutOrMakesNoSense) {
  EXPECT_EQ(received().with(IPPROTO_UDP, udp_gro, std::uint8_t{9}).read().segment_size, 0U);
  EXPECT_EQ(received().with(IPPROTO_UDP, udp_gro, -5).read().segment_size, 0U);
  EXPECT_EQ(received().with(IPPROTO_UDP, udp_gro, 0).read().segment_size, 0U);
  EXPECT_EQ(received().with(IPPROTO_UDP, udp_gro, 1200).read(6).segment_size, 0U);
  EXPECT_EQ(received().with(IPPROTO_UDP, udp_gro, 1200).claiming(0).read().segment_size, 0U);
  EXPECT_EQ(received().with(IPPROTO_UDP, udp_gro, 1200).claiming(4).read().segment_size, 0U);
  // Longer than the buffer: the part inside still counts.
  EXPECT_EQ(received().with(IPPROTO_UDP, udp_gro, 1200).claiming(9999).read().segment_size, 1200U);
}

TEST(ControlMessage, ReadsTheKernelsDrops) {
  EXPECT_EQ(received().with(SOL_SOCKET, so_rxq_ovfl, std::uint32_t{7}).read().drops, 7U);
  EXPECT_FALSE(received().with(SOL_SOCKET, so_rxq_ovfl, std::uint16_t{7}).read().drops);
  EXPECT_FALSE(received().with(IPPROTO_UDP, udp_gro, 7).read().drops);
  const auto both = received()
                        .with(SOL_SOCKET, so_rxq_ovfl, std::uint32_t{4'000'000'000})
                        .with(IPPROTO_UDP, udp_gro, 1200)
                        .read();
  EXPECT_EQ(both.drops, 4'000'000'000U);
  EXPECT_EQ(both.segment_size, 1200U);
}

TEST(ControlMessage, TellsABroadcastByItsDestination) {
  packet_info info{};
  info.ipi_spec_dst.s_addr = htonl(0x0a4d0101);
  info.ipi_addr = info.ipi_spec_dst;
  EXPECT_FALSE(received().with(IPPROTO_IP, ip_pktinfo, info).read().is_broadcast);
  info.ipi_addr.s_addr = htonl(0x0a4d01ff);
  const auto broadcast = received().with(IPPROTO_IP, ip_pktinfo, info).read();
  EXPECT_TRUE(broadcast.is_broadcast);
  // An answer leaves from the interface's own address.
  EXPECT_EQ(broadcast.local, *ip_address::parse("10.77.1.1"));
  // Queued before the socket asked: no local address was chosen.
  info.ipi_spec_dst.s_addr = INADDR_ANY;
  const auto early = received().with(IPPROTO_IP, ip_pktinfo, info).read();
  EXPECT_FALSE(early.is_broadcast);
  EXPECT_EQ(early.local, ip_address());
}

/// What is read of an IPv6 datagram's destination, as the kernel reports it.
ip_address local_from(const char* destination, unsigned interface_index) {
  const auto address = ip_address::parse(destination)->as_v6();
  return received()
      .with(IPPROTO_IPV6, IPV6_PKTINFO, ::in6_pktinfo{address, interface_index})
      .read()
      .local;
}

TEST(ControlMessage, ReadsTheLocalAddress) {
  EXPECT_EQ(received().read().local, ip_address());
  EXPECT_EQ(local_from("2001:db8::1", 2), *ip_address::parse("2001:db8::1"));
  // Only a link-local address needs the interface.
  EXPECT_EQ(local_from("fe80::1", 2).scope_id(), 2U);
  // A group is nobody's address.
  EXPECT_EQ(local_from("ff02::1", 2), ip_address());
  EXPECT_EQ(received().with(IPPROTO_IPV6, IPV6_PKTINFO, std::uint32_t{1}).read().local,
            ip_address());
}

TEST(ControlMessage, ReadsAnIpv4DestinationOnAnIpv6SocketFromIpv4sMessage) {
  packet_info info{};
  info.ipi_spec_dst.s_addr = htonl(0x0a4d0101);
  info.ipi_addr.s_addr = htonl(0x0a4d01ff);
  const ::in6_pktinfo mapped{ip_address::v4(info.ipi_addr).as_v6(), 2};
  const auto local = *ip_address::parse("10.77.1.1");
  EXPECT_EQ(received()
                .with(IPPROTO_IP, ip_pktinfo, info)
                .with(IPPROTO_IPV6, IPV6_PKTINFO, mapped)
                .read()
                .local,
            local);
  EXPECT_EQ(received()
                .with(IPPROTO_IPV6, IPV6_PKTINFO, mapped)
                .with(IPPROTO_IP, ip_pktinfo, info)
                .read()
                .local,
            local);
}

#ifndef CAF_DGRAM_NO_LINUX_FEATURES
TEST(ControlMessage, IsKnownByItsLevelAndItsNumberTogether) {
  EXPECT_EQ(received().with(IPPROTO_UDP, udp_segment, 7).read().segment_size, 0U);
  EXPECT_EQ(received().with(SOL_SOCKET, udp_gro, 7).read().segment_size, 0U);
  EXPECT_FALSE(received().with(SOL_SOCKET, SO_TIMESTAMP, std::uint32_t{7}).read().drops);
  EXPECT_FALSE(received().with(IPPROTO_IP, so_rxq_ovfl, std::uint32_t{7}).read().drops);
  packet_info info{};
  info.ipi_spec_dst.s_addr = htonl(0x0a4d0101);
  EXPECT_EQ(received().with(IPPROTO_IP, IP_TTL, info).read().local, ip_address());
  EXPECT_EQ(received().with(IPPROTO_IPV6, ip_pktinfo, info).read().local, ip_address());
  const ::in6_pktinfo info6{ip_address::parse("2001:db8::1")->as_v6(), 2};
  EXPECT_EQ(received().with(IPPROTO_IPV6, IPV6_HOPLIMIT, info6).read().local, ip_address());
  EXPECT_EQ(received().with(IPPROTO_IP, IPV6_PKTINFO, info6).read().local, ip_address());
}
#endif

TEST(ControlMessage, WithoutDataHidesNoneBehindIt) {
  alignas(::cmsghdr) std::array<char, CMSG_SPACE(0) + CMSG_SPACE(sizeof(int))> buffer{};
  auto* first = reinterpret_cast<::cmsghdr*>(buffer.data());
  first->cmsg_level = IPPROTO_IP;
  first->cmsg_type = IP_TTL;
  first->cmsg_len = CMSG_LEN(0);
  auto* second = reinterpret_cast<::cmsghdr*>(buffer.data() + CMSG_SPACE(0));
  second->cmsg_level = IPPROTO_UDP;
  second->cmsg_type = udp_gro;
  second->cmsg_len = CMSG_LEN(sizeof(int));
  const int size = 1200;
  std::memcpy(CMSG_DATA(second), &size, sizeof(size));
  ::msghdr message{};
  message.msg_control = buffer.data();
  message.msg_controllen = buffer.size();
  const auto info = read_control(message);
  EXPECT_EQ(info.segment_size, 1200U);
  EXPECT_FALSE(info.is_broadcast);
}

}  // namespace
}  // namespace dgram
