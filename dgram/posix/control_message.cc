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

#if defined(__linux__) && defined(IP_PKTINFO) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)

/// Whether the address in the header differs from the local one that was chosen for it.
bool goes_elsewhere(const char* data, std::size_t size) noexcept {
  const auto value = value_of<::in_pktinfo>(data, size);
  return value && value->ipi_addr.s_addr != value->ipi_spec_dst.s_addr;
}

#else

bool goes_elsewhere(const char* /*data*/, std::size_t /*size*/) noexcept { return false; }

#endif

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

void control_writer::add_interface(std::uint32_t index) noexcept {
  add(IPPROTO_IPV6, IPV6_PKTINFO, ::in6_pktinfo{in6addr_any, index});
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
      info.is_broadcast = goes_elsewhere(data, size);
    }
  }
  return info;
}

}  // namespace dgram
