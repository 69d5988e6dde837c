#include "caf_dgram/actors/inspect.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace dgram {

std::string quoted_excerpt(std::string_view text) {
  constexpr std::size_t longest = 64;
  const auto shown =
      absl::StrCat("\"", absl::CHexEscape({text.data(), std::min(text.size(), longest)}), "\"");
  return text.size() <= longest ? shown : absl::StrCat(shown, "... (", text.size(), " bytes)");
}

std::string_view unqualified(std::string_view type_name) noexcept {
  const auto colons = type_name.rfind("::");
  return colons == std::string_view::npos ? type_name : type_name.substr(colons + 2);
}

}  // namespace dgram
