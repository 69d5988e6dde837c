/// Senders to ignore: single addresses, ranges and prefixes, of both IP
/// versions.
///
///   block_list blocked;
///   blocked.add("192.0.2.7");
///   blocked.add("2001:db8::/32");
///   blocked.add_range("198.51.100.1", "198.51.100.9");
///   blocked.contains(peer);
///
/// An IPv4 address and its IPv4-mapped IPv6 form (RFC 4291, 2.5.5.2) are the
/// same.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "caf_dgram/dgram/endpoint.h"

namespace dgram {

class block_list {
 public:
  /// Blocks an address, or a prefix "ADDRESS/LENGTH" (RFC 4632, RFC 4291) of 0
  /// to 32 or 128 bits. Errors: invalid_address, out_of_range.
  absl::Status add(absl::string_view address_or_prefix);

  /// Blocks all addresses from the first to the last. Errors: invalid_address,
  /// wrong_family (one of each), out_of_range (the last comes before the first).
  absl::Status add_range(absl::string_view first, absl::string_view last);

  bool empty() const noexcept { return ranges_.empty(); }

  /// Whether the peer's address is blocked, on any port. False for Unix
  /// endpoints.
  bool contains(const endpoint& peer) const noexcept;

 private:
  /// An IPv6 address, or an IPv4 one mapped into it.
  using key = std::array<unsigned char, 16>;

  struct range {
    key first;
    key last;
  };

  static key key_of(const endpoint& e) noexcept;
  void insert(range added);

  std::vector<range> ranges_;  ///< Sorted and disjoint.
};

}  // namespace dgram
