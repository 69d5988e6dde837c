/// A host name that does not resolve, and that is not sent to any name server.
#pragma once

#include <string>

namespace dgram::testing {

/// Its label exceeds the 63 bytes that RFC 1035, section 2.3.4, allows, so that the
/// resolver fails before it sends anything.
inline const std::string unresolvable = std::string(64, 'n') + ".test";

}  // namespace dgram::testing
