/// The steps of an open that need no look-up, performed on the descriptor before its
/// actor exists.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "caf_dgram/actors/open_options.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/posix/memberships.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram {

/// A descriptor and the state that the steps left it in.
struct opened_socket {
  socket descriptor;
  memberships groups;
  bool bound = false;
  bool connected = false;
  std::vector<absl::Status> refused = {};  ///< Memberships, where others succeeded.
};

/// The checked addresses of an open: endpoints, or names to look up.
struct open_addresses {
  std::optional<located> local;
  std::optional<located> peer;

  /// Whether a step has to wait for the resolver. A connect also waits for a bind.
  bool bind_waits() const { return local && !local->name.empty(); }
  bool connect_waits() const { return peer && (bind_waits() || !peer->name.empty()); }
};

/// Checks the addresses. Errors name the step: those of `bind` and `connect`.
absl::StatusOr<open_addresses> locate_all(family f, const open_options& options);

/// Opens a descriptor and performs all steps that need no look-up: options, bind,
/// memberships, connect, in this order. An error names the step. A failure leaves no
/// descriptor, membership or file behind.
absl::StatusOr<opened_socket> open_socket_for(family f, const open_options& options,
                                              const open_addresses& where, const syscalls& kernel);

/// The same for a group: `count` sockets on one port. Only the first one joins the
/// multicast groups.
absl::StatusOr<std::vector<opened_socket>> open_sockets_for(family f, const open_options& options,
                                                            const open_addresses& where,
                                                            const syscalls& kernel,
                                                            std::size_t count);

}  // namespace dgram
