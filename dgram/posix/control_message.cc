#include "caf_dgram/dgram/posix/control_message.h"

#include <netinet/in.h>

#include <algorithm>

#include "caf_dgram/dgram/posix/system_options.h"

namespace dgram {
namespace {

/// The value of a control message that holds a T, if it is there whole.
template <class T>
std::optional<T> value_of(const char* data, std::size_t size) noexcept {
  if (size < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, data, sizeof(T));
  return value;
}

void read_packet_info(const char* data, std::size_t size, control_info& into) noexcept {
  const auto value = value_of<packet_info>(data, size);
  if (!value) return;
  into.local = ip_address::v4(value->ipi_spec_dst);
  // The address in the header differs from the local one that was chosen for it, if one was.
  into.is_broadcast = value->ipi_spec_dst.s_addr != INADDR_ANY &&
                      value->ipi_addr.s_addr != value->ipi_spec_dst.s_addr;
}

void read_packet_info6(const char* data, std::size_t size, control_info& into) noexcept {
  const auto value = value_of<::in6_pktinfo>(data, size);
  // Of an IPv4 datagram, IP_PKTINFO tells more.
  if (!value || IN6_IS_ADDR_V4MAPPED(&value->ipi6_addr)) return;
  if (IN6_IS_ADDR_MULTICAST(&value->ipi6_addr)) return;
  const bool has_scope = IN6_IS_ADDR_LINKLOCAL(&value->ipi6_addr);
  into.local = ip_address::v6(value->ipi6_addr, has_scope ? value->ipi6_ifindex : 0);
}

}  // namespace

template <class T>
void control_writer::add(int level, int type, const T& value) noexcept {
  auto* header = reinterpret_cast<::cmsghdr*>(buffer_.data() + size_);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof(T));
  std::memcpy(CMSG_DATA(header), &value, sizeof(T));
  size_ += CMSG_SPACE(sizeof(T));
}

void control_writer::add_segment_size(std::uint16_t bytes) noexcept {
  add(IPPROTO_UDP, udp_segment, bytes);
}

void control_writer::add_source(const ip_address& from, std::uint32_t interface_index) noexcept {
  if (from.is_v4()) {
    packet_info info{};
    info.ipi_spec_dst = from.as_v4();
    return add(IPPROTO_IP, ip_pktinfo, info);
  }
  const auto index = interface_index != 0 ? interface_index : from.scope_id();
  if (from.is_unspecified() && index == 0) return;
  add(IPPROTO_IPV6, IPV6_PKTINFO, ::in6_pktinfo{from.as_v6(), index});
}

control_info read_control(const ::msghdr& message) noexcept {
  control_info info;
  // CMSG_NXTHDR of some libraries wants a mutable header.
  auto walked = message;
  for (auto* header = CMSG_FIRSTHDR(&walked); header != nullptr;
       header = CMSG_NXTHDR(&walked, header)) {
    const auto* end = static_cast<const char*>(walked.msg_control) + walked.msg_controllen;
    const auto* data = reinterpret_cast<const char*>(CMSG_DATA(header));
    if (header->cmsg_len < CMSG_LEN(0) || data > end) break;
    const auto size =
        std::min<std::size_t>(header->cmsg_len - CMSG_LEN(0), static_cast<std::size_t>(end - data));
    if (header->cmsg_level == IPPROTO_UDP && header->cmsg_type == udp_gro) {
      const auto segment = value_of<int>(data, size).value_or(0);
      if (segment > 0) info.segment_size = static_cast<std::size_t>(segment);
    } else if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == so_rxq_ovfl) {
      info.drops = value_of<std::uint32_t>(data, size);
    } else if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == ip_pktinfo) {
      read_packet_info(data, size, info);
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      read_packet_info6(data, size, info);
    }
  }
  return info;
}

}  // namespace dgram
