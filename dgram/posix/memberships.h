/// The multicast groups that one socket has joined, and on which interfaces.
///
///   memberships groups;
///   groups.add(sock, group, interface_selector::all());  // wherever it can
///   groups.drop(sock, group, interface_selector::all());
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/network_interface.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {

/// Reads a group's address, "239.1.2.3" or "ff02::1%eth0", for a socket of the
/// family. A udp6 socket takes IPv4 groups, too, also in IPv4-mapped form
/// (RFC 4291, 2.5.5.2). Errors name the operation: invalid_address if it is no
/// multicast address, wrong_family.
absl::StatusOr<endpoint> parse_group(absl::string_view operation, const std::string& text,
                                     family f);

/// Where a group was joined, or left, and where not.
struct membership_change_result {
  struct refusal {
    std::uint32_t interface = 0;
    absl::Status why;
  };

  /// The indexes of interfaces; 0 for the kernel's choice if it does not tell.
  std::vector<std::uint32_t> interfaces;
  std::vector<refusal> refused;
};

/// Bookkeeping beside a socket, used on the socket's thread.
class memberships {
 public:
  /// Joins on the selected interface, or on all that can (up, with an address
  /// of the family, multicast-capable or loopback), where one success is
  /// enough. `any` lets the kernel choose. For these two, a group with a scope
  /// id names its interface itself. Errors: unknown_interface, errno of the
  /// first refusal.
  absl::StatusOr<membership_change_result> add(socket& sock, const endpoint& group,
                                               const interface_selector& where);

  /// Leaves on the selected interface, or wherever `add` joined; for `any`, where
  /// the kernel chose to join, whatever it would choose now. Errors:
  /// unknown_interface, not_a_member, errno.
  absl::StatusOr<membership_change_result> drop(socket& sock, const endpoint& group,
                                                const interface_selector& where);

 private:
  using key = std::pair<endpoint, std::uint32_t>;  ///< Group and interface.

  /// Returns the interface's index.
  absl::StatusOr<std::uint32_t> join(socket& sock, const endpoint& group, std::uint32_t index);

  /// The interface that the kernel chose for a group just joined; 0 if it does not
  /// tell.
  std::uint32_t chosen_by_kernel(const socket& sock, const endpoint& group) const;

  std::map<key, bool> joined_;  ///< Whether the kernel chose the interface.
};

}  // namespace dgram
