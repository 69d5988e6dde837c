/// An errno in symbols and words, on systems with and without strerrorname_np(3).
///
///   errno_symbol(EADDRINUSE);  // "EADDRINUSE"
///   errno_text(EADDRINUSE);    // "EADDRINUSE (Address already in use)"
///
/// Any thread.
#pragma once

#include <string>

namespace dgram {

/// The errno's symbol, e.g. "EADDRINUSE"; "errno 12345" if it has none.
std::string errno_symbol(int error);

/// The errno's symbol and the system's description of it (strerror_r(3)).
std::string errno_text(int error);

}  // namespace dgram
