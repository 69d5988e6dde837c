/// Host names to addresses, as an actor that users can replace.
///
///   dgram::runtime_options options;
///   options.resolver = sys.spawn(my_resolver);   // a dgram::resolver_actor
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/messages.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"

namespace dgram {

/// Asks for the addresses of a host. Answer: resolved, with at least one
/// address of the family, or an error whose text gives the reason.
struct resolve {
  dgram::family family = dgram::family::udp4;
  std::string name;
};

/// A host's addresses, best first; their ports do not matter.
struct resolved {
  std::vector<endpoint> addresses;
};

using resolver_actor = caf::typed_actor<answers<resolved, resolve>>;

/// The default resolver: getaddrinfo(3) on at most `threads` threads of its
/// own, started when first needed. Further look-ups wait their turn.
resolver_actor spawn_resolver(caf::actor_system& system, std::size_t threads = 4);

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, resolve& x) {
  return inspect_parts(f, x, "dgram::resolve", x.family, x.name);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, resolved& x) {
  return inspect_parts(f, x, "dgram::resolved", x.addresses);
}

}  // namespace dgram
