/// What usually makes a socket call with an address fail, where errno alone does not lead
/// there.
///
///   system_failure("bind", local.to_string(), error, usual_cause_of_bind(error, local));
#pragma once

#include "absl/strings/string_view.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/ip_address.h"

namespace dgram {

// Both return an empty text if errno says it all.

/// Why bind(2) to `local` failed: ip(7), ipv6(7), unix(7).
absl::string_view usual_cause_of_bind(int error, const endpoint& local) noexcept;

/// Why sendmsg(2) or connect(2) to `to` failed: ip(7), ipv6(7), send(2). `from` is the source
/// that was asked for, unspecified if none was.
absl::string_view usual_cause_of_send(int error, const endpoint& to,
                                      const ip_address& from = {}) noexcept;

}  // namespace dgram
