/// Validates commands before any system call.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/ip_address.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {

/// Errors: invalid_subscriber, out_of_range.
absl::Status check_terms(const subscribe& command);

/// The same for terms whose subscriber is not known yet. Errors: out_of_range.
absl::Status check_ranges(const subscribe& command);

/// Whether CAF's network delivers events of `self` to that subscriber. Errors:
/// not_registered.
absl::Status check_reach(const subscribe& command, const caf::abstract_actor& self);

/// Cuts `data` to the part to send, and checks the datagram's size. Errors:
/// out_of_range, payload_too_large.
absl::Status prepare(send& command, family f);

/// The rule on destinations: a connected socket sends only to its peer, named or not;
/// any other socket needs a destination. `peer` is null if the socket is not connected,
/// `to` if no destination was given. Errors: already_connected, not_connected, with the
/// text that `value` returns.
absl::Status check_destination(const char* operation, absl::FunctionRef<std::string()> value,
                               const endpoint* peer, const endpoint* to);

/// The rule on sources: of the destination's family, since the kernel ignores others, and where
/// a socket is bound to one address, that one. An unspecified one always may be. Errors:
/// wrong_family, already_bound; unsupported where the system has no way to choose a source.
absl::Status check_source(const char* operation, const socket& sock, const endpoint& to,
                          const ip_address& source);

/// Checks whether a batch's datagrams of `size` bytes may go to `to`, null for the connected peer.
/// Errors: those of `check_destination`, payload_too_large.
absl::Status check_run(std::size_t size, family f, const endpoint* peer, const endpoint* to);

}  // namespace dgram
