/// Text from outside (names, paths, addresses) as it may stand in an error's
/// text: on one line, and told apart from the words around it.
///
///   quoted("evil\nname");   // "\"evil\\nname\""
///   escaped("evil\nname");  // "evil\\nname"
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace dgram {

/// The text with control characters, quotes and backslashes escaped as in C.
/// UTF-8 stays as it is.
std::string escaped(absl::string_view text);

/// The same in double quotes. Qualify the call with a std::string, of which std::quoted takes
/// hold where <iomanip> is included.
std::string quoted(absl::string_view text);

}  // namespace dgram
