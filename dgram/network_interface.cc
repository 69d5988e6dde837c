#include "caf_dgram/dgram/network_interface.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {

namespace {

/// Whether an address of an interface, "0.0.0.0" or "::", leaves the choice to the kernel: ip(7),
/// INADDR_ANY as imr_address.
bool is_unspecified(const std::string& text) {
  const auto address = endpoint::ip(text, 0);
  return address.ok() && address->is_wildcard() && address->scope_id() == 0;
}

}  // namespace

interface_selector::interface_selector(std::string text)
    : kind_(kind::text), text_(std::move(text)) {
  if (text_.empty()) {
    kind_ = kind::all;
  } else if (is_unspecified(text_)) {
    *this = any();
  }
}

interface_selector interface_selector::any() {
  interface_selector result;
  result.kind_ = kind::any;
  return result;
}

interface_selector interface_selector::index(std::uint32_t index) {
  interface_selector result;
  result.kind_ = kind::index;
  result.index_ = index;
  return result;
}

std::string interface_selector::to_string() const {
  switch (kind_) {
    case kind::all:
      return "all interfaces";
    case kind::any:
      return "any interface";
    case kind::index:
      return absl::StrCat("interface ", index_);
    case kind::text:
      return escaped(text_);
  }
  return {};
}

const endpoint* network_interface::address_of(family f) const noexcept {
  const auto found = std::find_if(addresses.begin(), addresses.end(),
                                  [f](const endpoint& e) { return e.family() == f; });
  return found == addresses.end() ? nullptr : &*found;
}

bool network_interface::can_join(family f) const {
  return (flags & IFF_UP) != 0 && (flags & (IFF_MULTICAST | IFF_LOOPBACK)) != 0 && has(f);
}

absl::StatusOr<std::vector<network_interface>> list_interfaces() {
  ::ifaddrs* head = nullptr;
  if (::getifaddrs(&head) != 0) return system_failure("list interfaces", "", errno);
  const std::unique_ptr<::ifaddrs, decltype(&::freeifaddrs)> guard(head, &::freeifaddrs);
  std::map<std::uint32_t, network_interface> found;
  for (const auto* entry = head; entry != nullptr; entry = entry->ifa_next) {
    const auto index = ::if_nametoindex(entry->ifa_name);
    if (index == 0) continue;  // It disappeared meanwhile.
    auto& interface = found[index];
    interface.index = index;
    // Addresses are listed under their labels, "eth0:1".
    std::array<char, IF_NAMESIZE> name{};
    if (interface.name.empty() && ::if_indextoname(index, name.data()) != nullptr) {
      interface.name = name.data();
    }
    interface.flags = entry->ifa_flags;
    if (entry->ifa_addr == nullptr) continue;
    const auto length =
        entry->ifa_addr->sa_family == AF_INET ? sizeof(::sockaddr_in) : sizeof(::sockaddr_in6);
    const auto family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    if (const auto address =
            endpoint::from_sockaddr(entry->ifa_addr, static_cast<::socklen_t>(length))) {
      interface.addresses.push_back(*address);
    }
  }
  std::vector<network_interface> result;
  result.reserve(found.size());
  for (auto& [index, interface] : found) result.push_back(std::move(interface));
  return result;
}

namespace {

/// What a selector says of the interface: its index, or else one of its addresses.
struct wanted {
  std::uint32_t index = 0;
  std::optional<endpoint> address;

  bool is(const network_interface& interface) const {
    if (index != 0) return interface.index == index;
    return address &&
           std::any_of(interface.addresses.begin(), interface.addresses.end(),
                       [this](const endpoint& own) { return own.with_scope_id(0) == *address; });
  }
};

wanted read(const interface_selector& selector) {
  if (selector.which() == interface_selector::kind::index) return {selector.index(), {}};
  const std::string& text = selector.text();
  if (text.find('\0') != std::string::npos) return {};
  // Also knows labels ("eth0:1") and alternative names (ip-link(8), altname).
  if (const auto index = ::if_nametoindex(text.c_str())) return {index, {}};
  const auto address = endpoint::ip(text, 0);
  if (!address.ok()) return {};
  return {address->scope_id(), *address};
}

}  // namespace

absl::StatusOr<network_interface> find_interface(const interface_selector& selector, family f) {
  if (selector.which() == interface_selector::kind::all ||
      selector.which() == interface_selector::kind::any) {
    return failure(errc::unknown_interface, "interface", selector.to_string(),
                   "does not name a single one");
  }
  auto interfaces = list_interfaces();
  if (!interfaces.ok()) return interfaces.status();
  const auto target = read(selector);
  for (auto& interface : *interfaces) {
    if (target.is(interface)) return std::move(interface);
  }
  return failure(
      errc::unknown_interface, "interface", selector.to_string(),
      absl::StrCat(
          "no network interface of this host goes by that ",
          selector.which() == interface_selector::kind::index ? "index" : "name or address", " (",
          to_string(f), ")"));
}

}  // namespace dgram
