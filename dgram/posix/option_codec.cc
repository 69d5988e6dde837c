#include "caf_dgram/dgram/posix/option_codec.h"

#include <netinet/in.h>

#include <cstdint>

#include "caf_dgram/dgram/network_interface.h"

namespace dgram {
namespace {

using byte = unsigned char;

/// The interface to select; index 0 without addresses is the kernel's choice.
absl::StatusOr<network_interface> chosen(const interface_selector& selector, family f) {
  if (selector.which() == interface_selector::kind::any) return network_interface{};
  return find_interface(selector, f);
}

::in_addr ipv4_address(const network_interface& interface) {
  const auto* own = interface.address_of(family::udp4);
  return own != nullptr ? reinterpret_cast<const ::sockaddr_in*>(own->data())->sin_addr
                        : ::in_addr{};
}

}  // namespace

absl::StatusOr<encoded_option> encode(option_encoding encoding, const option_value& value,
                                      family f) {
  const int number = value.which() == option_value::kind::flag
                         ? static_cast<int>(value.as_bool())
                         : static_cast<int>(value.as_number());
  switch (encoding) {
    case option_encoding::none:
    case option_encoding::integer:
      break;
    case option_encoding::byte:
      return encoded_option::of(static_cast<byte>(number));
    case option_encoding::ipv4_interface:
    case option_encoding::interface_index: {
      const auto interface = chosen(value.as_interface(), f);
      if (!interface.ok()) return interface.status();
      if (encoding == option_encoding::interface_index) {
        return encoded_option::of(static_cast<int>(interface->index));
      }
      return encoded_option::of(multicast_interface(interface->index, ipv4_address(*interface),
                                                    (interface->flags & IFF_LOOPBACK) != 0));
    }
  }
  return encoded_option::of(number);
}

encoded_option room_for(option_encoding encoding) noexcept {
  return encoding == option_encoding::byte ? encoded_option::of(byte{}) : encoded_option::of(int{});
}

option_value decode(option_encoding encoding, option_value::kind type,
                    const encoded_option& written) {
  const int number =
      encoding == option_encoding::byte ? int{written.as<byte>()} : written.as<int>();
  return type == option_value::kind::flag ? option_value(number != 0) : option_value(number);
}

}  // namespace dgram
