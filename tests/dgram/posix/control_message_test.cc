#include "caf_dgram/dgram/posix/control_message.h"

#include <netinet/in.h>

#include <cstring>

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

TEST(ControlMessage, WritesAnInterfaceBesideTheSegmentSize) {
  control_writer sut;
  sut.add_segment_size(1200);
  sut.add_interface(7);
  ::msghdr message{};
  sut.attach_to(message);
  auto* first = CMSG_FIRSTHDR(&message);
  ASSERT_NE(first, nullptr);
  const auto* second = CMSG_NXTHDR(&message, first);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->cmsg_level, IPPROTO_IPV6);
  EXPECT_EQ(second->cmsg_type, IPV6_PKTINFO);
  ::in6_pktinfo info{};
  ASSERT_EQ(second->cmsg_len, CMSG_LEN(sizeof(info)));
  std::memcpy(&info, CMSG_DATA(second), sizeof(info));
  EXPECT_EQ(info.ipi6_ifindex, 7U);
}

TEST(ControlMessage, WritesNothingUnlessAsked) {
  control_writer sut;
  ::msghdr message{};
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
  ::in_pktinfo info{};
  info.ipi_spec_dst.s_addr = htonl(0x0a4d0101);
  info.ipi_addr = info.ipi_spec_dst;
  EXPECT_FALSE(received().with(IPPROTO_IP, IP_PKTINFO, info).read().is_broadcast);
  info.ipi_addr.s_addr = htonl(0x0a4d01ff);
  EXPECT_TRUE(received().with(IPPROTO_IP, IP_PKTINFO, info).read().is_broadcast);
}

}  // namespace
}  // namespace dgram
