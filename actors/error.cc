#include "caf_dgram/actors/error.h"

#include <cstdint>

#include "caf_dgram/actors/compat/registration.h"

namespace dgram {
namespace {

constexpr std::size_t text_position = 0;
constexpr std::size_t errno_position = 1;

bool is_ours(const caf::error& why) {
  return why && why.category() == caf::make_error(errc::closed).category();
}

bool has_context(const caf::error& why) {
  return is_ours(why) && why.context().match_elements<std::string, std::int32_t>();
}

}  // namespace

caf::error to_error(const absl::Status& status) {
  if (status.ok()) return {};
  auto code = code_of(status);
  if (code == errc::none) code = errc::system_error;
  register_for_errors();
  return caf::make_error(code, std::string(status.message()),
                         static_cast<std::int32_t>(errno_of(status)));
}

errc code_of(const caf::error& why) {
  return is_ours(why) ? static_cast<errc>(why.code()) : errc::none;
}

int errno_of(const caf::error& why) {
  return has_context(why) ? why.context().get_as<std::int32_t>(errno_position) : 0;
}

std::string describe(const caf::error& why) {
  if (has_context(why)) return why.context().get_as<std::string>(text_position);
  if (is_ours(why)) return to_string(code_of(why));
  auto text = to_string(why);
  if (!names_unregistered_type(text)) return text;
  return std::string("a node does not know the message types: ") + how_to_register;
}

}  // namespace dgram
