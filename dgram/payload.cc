#include "dgram/payload.h"

#include <cassert>

namespace dgram {

payload payload::copy_of(std::string_view bytes) {
  if (bytes.empty()) return {};
  return {std::string(bytes)};
}

payload payload::view_of(std::shared_ptr<const void> owner, std::string_view bytes) noexcept {
  return {std::move(owner), bytes};
}

payload payload::slice(std::size_t offset, std::size_t length) const {
  assert(offset <= size() && length <= size() - offset);
  return {owner_, bytes_.substr(offset, length)};
}

}  // namespace dgram
