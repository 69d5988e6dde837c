/// Serialization and printing of values in messages that list no fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/compat/inspection.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/inspect.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/ip_address.h"
#include "caf_dgram/dgram/network_interface.h"
#include "caf_dgram/dgram/option.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

// -- names --------------------------------------------------------------------

template <>
inline constexpr const char* type_name_of<endpoint> = "dgram::endpoint";

template <>
inline constexpr const char* type_name_of<ip_address> = "dgram::ip_address";

template <>
inline constexpr const char* type_name_of<payload> = "dgram::payload";

template <>
inline constexpr const char* type_name_of<batch> = "dgram::batch";

template <>
inline constexpr const char* type_name_of<interface_selector> = "dgram::interface_selector";

template <>
inline constexpr const char* type_name_of<option_value> = "dgram::option_value";

template <>
inline constexpr const char* type_name_of<address> = "dgram::address";

// -- printing -----------------------------------------------------------------

/// Makes a value's own `to_string` member visible to CAF.
template <class T, class = std::enable_if_t<
                       std::is_same_v<decltype(std::declval<const T&>().to_string()), std::string>>>
std::string to_string(const T& value) {
  return value.to_string();
}

/// As by `quoted_excerpt`.
std::string to_string(const payload& bytes);

/// "3 datagrams (3600 bytes)".
std::string to_string(const batch& datagrams);

// -- writing and reading ------------------------------------------------------

/// Lets `f` visit a value as its parts, which may be no such value when they are read.
template <class Parts, class Inspector, class Whole>
auto inspect_parts(Inspector& f, Whole& x) {
  auto parts = Parts::of(x);
  return inspect_as(f, type_name_of<Whole>, parts, [&]() -> caf::error {
    auto read = parts.whole();
    if (!read.ok()) return to_error(read.status());
    x = *std::move(read);
    return {};
  });
}

/// An endpoint on its way to another process, whose host knows interfaces by other
/// names and perhaps not at all: a scope is a number, and only the sender's host can
/// say of which interface (RFC 4007, 6).
struct endpoint_parts {
  dgram::family family = family::udp4;
  std::string address;  ///< 4 or 16 bytes in network order, or a Unix path.
  std::uint16_t port = 0;
  std::uint32_t scope = 0;

  static endpoint_parts of(const endpoint& whole);

  /// Errors: invalid_address, invalid_path.
  absl::StatusOr<endpoint> whole() const;
};

template <class Inspector>
auto inspect(Inspector& f, endpoint_parts& x) {
  return inspect_fields(f, x, "dgram::endpoint_parts", named{"family", x.family},
                        named{"address", x.address}, named{"port", x.port},
                        named{"scope", x.scope});
}

template <class Inspector>
auto inspect(Inspector& f, endpoint& x) {
  return inspect_parts<endpoint_parts>(f, x);
}

/// An IP address as sent to other processes. Whatever comes gets the form that
/// `ip_address::v6` gives it.
struct ip_address_parts {
  std::string bytes;  ///< 16 in network order, an IPv4 address as IPv4-mapped.
  std::uint32_t scope = 0;

  static ip_address_parts of(const ip_address& whole);

  /// Errors: invalid_address.
  absl::StatusOr<ip_address> whole() const;
};

template <class Inspector>
auto inspect(Inspector& f, ip_address_parts& x) {
  return inspect_fields(f, x, "dgram::ip_address_parts", named{"bytes", x.bytes},
                        named{"scope", x.scope});
}

template <class Inspector>
auto inspect(Inspector& f, ip_address& x) {
  return inspect_parts<ip_address_parts>(f, x);
}

template <class Inspector>
auto inspect(Inspector& f, payload& x) {
  std::string bytes(x.view());
  return inspect_as(f, type_name_of<payload>, bytes, [&]() -> caf::error {
    x = payload(std::move(bytes));
    return {};
  });
}

/// A batch's run as sent to other processes.
struct batch_part {
  payload bytes;
  std::uint64_t segment_size = 0;
  std::uint64_t size = 0;
  bool has_peer = false;
  endpoint peer;
  ip_address local;
};

template <class Inspector>
auto inspect(Inspector& f, batch_part& x) {
  return inspect_fields(f, x, "dgram::batch_part", named{"bytes", x.bytes},
                        named{"segment_size", x.segment_size}, named{"size", x.size},
                        named{"has_peer", x.has_peer}, named{"peer", x.peer},
                        named{"local", x.local});
}

template <class Inspector>
auto inspect(Inspector& f, batch& x) {
  std::vector<batch_part> parts;
  for (const auto& run : x.runs()) {
    const auto& [peer, local] = x.ends_of(run);
    const auto* heads = x.heads_of(run);
    const auto head = heads != nullptr ? heads->size : 0;
    // Heads are not sent as such: readers need not know of them.
    auto bytes = x.contiguous(run);
    const auto size = heads != nullptr ? bytes.size() : run.size;
    parts.push_back({std::move(bytes), head + run.segment_size, size, peer.has_value(),
                     peer.value_or(endpoint()), local});
  }
  return inspect_as(f, type_name_of<batch>, parts, [&]() -> caf::error {
    x.clear();
    for (auto& part : parts) {
      const auto peer = part.has_peer ? std::optional<endpoint>(part.peer) : std::nullopt;
      x.add_run(std::move(part.bytes), part.segment_size, part.size, {peer, part.local});
    }
    return {};
  });
}

template <class Inspector>
auto inspect(Inspector& f, interface_selector& x) {
  return inspect_fields(f, x, type_name_of<interface_selector>, named{"kind", x.kind_},
                        named{"index", x.index_}, named{"text", x.text_});
}

template <class Inspector>
auto inspect(Inspector& f, option_value& x) {
  return inspect_fields(f, x, type_name_of<option_value>, named{"kind", x.kind_},
                        named{"number", x.number_}, named{"interface", x.interface_});
}

/// An address as sent to other processes.
struct address_parts {
  enum class kind : std::uint8_t { nothing, endpoint, port, host, path };

  kind which = kind::nothing;
  dgram::endpoint where;
  std::string text;
  std::int64_t port = 0;

  struct reader {
    address_parts& parts;
    void operator()(address::nothing) const {}
    void operator()(const dgram::endpoint& e) const { parts = {kind::endpoint, e, {}, 0}; }
    void operator()(address::only_port given) const { parts = {kind::port, {}, {}, given.port}; }
    void operator()(const address::host_and_port& given) const {
      parts = {kind::host, {}, given.host, given.port};
    }
    void operator()(const address::unix_name& given) const {
      parts = {kind::path, {}, given.path, 0};
    }
  };

  /// Other processes may send an undefined kind, which gives an open address.
  address whole() const {
    switch (which) {
      case kind::nothing:
        break;
      case kind::endpoint:
        return where;
      case kind::port:
        return port;
      case kind::host:
        return {text, port};
      case kind::path:
        return address::path(text);
    }
    return {};
  }
};

template <class Inspector>
auto inspect(Inspector& f, address_parts& x) {
  return inspect_fields(f, x, "dgram::address_parts", named{"which", x.which},
                        named{"where", x.where}, named{"text", x.text}, named{"port", x.port});
}

template <class Inspector>
auto inspect(Inspector& f, address& x) {
  address_parts parts;
  std::visit(address_parts::reader{parts}, x.as_given());
  return inspect_as(f, type_name_of<address>, parts, [&]() -> caf::error {
    x = parts.whole();
    return {};
  });
}

}  // namespace dgram
