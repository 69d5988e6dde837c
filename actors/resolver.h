/// Resolves host names, as an actor that users can replace.
///
///   dgram::runtime_options options;
///   options.resolver = sys.spawn(my_resolver);   // a dgram::resolver_actor
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "caf/fwd.hpp"
#include "caf_dgram/actors/compat/answers.h"
#include "caf_dgram/actors/inspect.h"
#include "caf_dgram/actors/inspect_values.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"

namespace dgram {

/// Looks up a host. Answer: resolved, with at least one address of the family. Fails:
/// with any error; its text gives the reason.
struct resolve {
  dgram::family family = dgram::family::udp4;
  std::string name;

  static constexpr const char* type_name = "dgram::resolve";
  static constexpr auto fields() {
    return field_list(field{"family", &resolve::family}, field{"name", &resolve::name});
  }
};

/// A host's addresses, best first; their ports are ignored.
struct resolved {
  std::vector<endpoint> addresses;

  static constexpr const char* type_name = "dgram::resolved";
  static constexpr auto fields() { return field_list(field{"addresses", &resolved::addresses}); }
};

using resolver_actor = caf::typed_actor<answers<resolved, resolve>>;

/// What the default resolver does at a time.
struct lookup_limits {
  /// How long a question may wait for a thread: after it, nobody waits for the answer.
  std::chrono::milliseconds patience = std::chrono::seconds(30);

  std::size_t threads = 4;    ///< At least 1; started as needed.
  std::size_t queued = 1024;  ///< Questions that may wait; further ones fail with queue_full.
};

/// The default resolver: getaddrinfo(3) on threads of its own.
resolver_actor spawn_resolver(caf::actor_system& system, const lookup_limits& limits = {});

}  // namespace dgram
