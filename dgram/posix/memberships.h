/// The multicast groups that one socket has joined, and on which interfaces.
///
///   memberships groups;
///   groups.add(sock, group, interface_selector::all());  // wherever it can
///   groups.drop(sock, group, interface_selector::all());
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>
#include "absl/strings/string_view.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/network_interface.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {

/// Reads a group's address, "239.1.2.3" or "ff02::1%eth0", for a socket of the
/// family. Errors name the operation: invalid_address if it is no multicast
/// address, wrong_family.
absl::StatusOr<endpoint> parse_group(absl::string_view operation, const std::string& text,
                                     family f);

/// Bookkeeping beside a socket, used on the socket's thread.
class memberships {
 public:
  /// Joins on the selected interface, or on all that can (up, with an address
  /// of the family, multicast-capable or loopback), where one success is
  /// enough. `any`, index 0, lets the kernel choose. A group with a scope id
  /// names its interface itself. Returns the indexes joined now. Errors:
  /// unknown_interface, errno of the first refusal.
  absl::StatusOr<std::vector<std::uint32_t>> add(socket& sock, const endpoint& group,
                                                 const interface_selector& where);

  /// Leaves on the selected interface, or wherever `add` joined. Returns the
  /// indexes left. Errors: unknown_interface, not_a_member, errno.
  absl::StatusOr<std::vector<std::uint32_t>> drop(socket& sock, const endpoint& group,
                                                  const interface_selector& where);

 private:
  std::set<std::pair<endpoint, std::uint32_t>> joined_;
};

}  // namespace dgram
