#include "caf_dgram/dgram/payload.h"

#include <cassert>

namespace dgram {

payload payload::copy_of(std::string_view bytes) {
  return bytes.empty() ? payload() : payload(std::string(bytes));
}

payload payload::view_of(std::shared_ptr<const void> owner, std::string_view bytes) {
  auto kept = std::make_unique<holder<std::shared_ptr<const void>>>(std::move(owner));
  return {byte_owner_ref::adopt(kept.release()), bytes};
}

payload payload::slice(std::size_t offset, std::size_t length) const {
  assert(offset <= size() && length <= size() - offset);
  return {owner_, bytes_.substr(offset, length)};
}

}  // namespace dgram
