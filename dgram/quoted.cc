#include "caf_dgram/dgram/quoted.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace dgram {

std::string escaped(absl::string_view text) { return absl::Utf8SafeCHexEscape(text); }

std::string quoted(absl::string_view text) { return absl::StrCat("\"", escaped(text), "\""); }

}  // namespace dgram
