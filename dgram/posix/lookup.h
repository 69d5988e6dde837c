/// Host names to addresses, blocking.
///
///   lookup(family::udp4, "localhost");   // {127.0.0.1:0}
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"

namespace dgram {

/// Whether `name` can be looked up at all: not empty, at most 253 bytes
/// (RFC 1035, section 2.3.4), no NUL, and no IPv4 address in the forms of
/// inet_aton(3) beyond "192.0.2.1", which `endpoint::parse` does not read
/// either. Errors: invalid_name.
absl::Status check_host_name(const std::string& name);

/// The addresses of a host in the resolver's order, port 0 (getaddrinfo(3)); for
/// udp6, the IPv4-mapped ones of a host without IPv6 addresses (RFC 3493).
/// Blocks for as long as the system's resolver does. Errors: invalid_name;
/// name_not_resolved with the name and the resolver's reason; wrong_family for
/// unix_dgram.
absl::StatusOr<std::vector<endpoint>> lookup(family f, const std::string& name);

}  // namespace dgram
