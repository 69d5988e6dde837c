/// A host name that does not resolve, and for which nobody's server is asked.
#pragma once

#include <string>

namespace dgram::testing {

/// Its label is longer than the 63 bytes that RFC 1035, section 2.3.4, allows,
/// so that the resolver gives up before it sends anything.
inline const std::string unresolvable = std::string(64, 'n') + ".test";

}  // namespace dgram::testing
