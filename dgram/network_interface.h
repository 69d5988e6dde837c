/// Selects one of this host's network interfaces, or all of them.
///
///   find_interface(interface_selector{"eth0"}, family::udp4);
///   find_interface(interface_selector{"192.0.2.7"}, family::udp4);   // the one that has it
///   find_interface(interface_selector::index(2), family::udp6);
#pragma once

#include <net/if.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/printable.h"

namespace dgram {

/// How a user selects an interface. A plain value, looked up only by
/// `find_interface`.
class interface_selector : public printable<interface_selector> {
 public:
  enum class kind : std::uint8_t {
    all,    ///< Every interface that can carry multicast (memberships only).
    any,    ///< The one the kernel chooses by its routes.
    index,  ///< By index, as if_nametoindex(3) gives it.
    text,   ///< By name ("eth0") or by one of its addresses ("192.0.2.7").
  };

  /// All interfaces.
  interface_selector() = default;

  /// A name (also a label or an alternative name, as if_nametoindex(3) takes
  /// them), an address ("192.0.2.7", "fe80::1%eth0", "::%eth0": the scope names
  /// the interface), "0.0.0.0" or "::" for `any`, or nothing for all.
  interface_selector(std::string text);  // NOLINT: implicit on purpose
  interface_selector(const char* text) : interface_selector(std::string(text)) {}  // NOLINT

  static interface_selector all() { return {}; }
  static interface_selector any();
  static interface_selector index(std::uint32_t index);

  kind which() const noexcept { return kind_; }
  std::uint32_t index() const noexcept { return index_; }
  const std::string& text() const noexcept { return text_; }

  /// "all interfaces", "any interface", "interface 2" or the text, escaped as
  /// in C.
  std::string to_string() const;

  friend bool operator==(const interface_selector& a, const interface_selector& b) noexcept {
    return a.kind_ == b.kind_ && a.index_ == b.index_ && a.text_ == b.text_;
  }

  friend bool operator!=(const interface_selector& a, const interface_selector& b) noexcept {
    return !(a == b);
  }

  template <class Inspector>
  friend auto inspect(Inspector& f, interface_selector& x);

 private:
  kind kind_ = kind::all;
  std::uint32_t index_ = 0;
  std::string text_;
};

/// One interface as the system lists it.
struct network_interface {
  std::uint32_t index = 0;
  std::string name;
  unsigned flags = 0;               ///< IFF_UP, IFF_LOOPBACK, …; netdevice(7).
  std::vector<endpoint> addresses;  ///< IPv4 and IPv6, port 0.

  /// The first address of the family, null if there is none.
  const endpoint* address_of(family f) const noexcept;

  /// Whether it has an address of the family.
  bool has(family f) const noexcept { return address_of(f) != nullptr; }

  /// Whether it is up, has the family, and is multicast-capable or loopback.
  bool can_join(family f) const;
};

/// All interfaces, ordered by index (getifaddrs(3)).
absl::StatusOr<std::vector<network_interface>> list_interfaces();

/// The single interface that a selector names by index, name or address.
/// Errors: unknown_interface; for `all` and `any`, which name none.
absl::StatusOr<network_interface> find_interface(const interface_selector& selector, family f);

}  // namespace dgram
