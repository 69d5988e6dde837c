#include "caf_dgram/dgram/payload.h"

#include <algorithm>
#include <cassert>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

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

std::string payload::to_string() const {
  constexpr std::size_t most = 64;
  const auto shown =
      absl::StrCat("\"", absl::CHexEscape(absl::string_view(data(), std::min(size(), most))), "\"");
  return size() <= most ? shown : absl::StrCat(shown, "… (", size(), " bytes)");
}

}  // namespace dgram
