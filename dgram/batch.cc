#include "caf_dgram/dgram/batch.h"

#include "absl/strings/str_cat.h"

namespace dgram {

void batch::append(payload bytes, std::size_t segment_size, std::size_t size,
                   const datagram_ends& ends) {
  if (ends_.empty() || ends_.back() != ends) ends_.push_back(ends);
  runs_.push_back(
      {std::move(bytes), segment_size, size, static_cast<std::uint32_t>(ends_.size() - 1)});
  count_ += runs_.back().count();
  bytes_ += runs_.back().bytes.size();
}

std::string batch::to_string() const {
  constexpr std::size_t most = 4;
  auto text = absl::StrCat(count_, count_ == 1 ? " datagram" : " datagrams");
  std::size_t shown = 0;
  for (const auto& each : *this) {
    if (shown == most) return absl::StrCat(text, ", …");
    absl::StrAppend(&text, shown++ == 0 ? ": " : ", ", each.share().to_string());
    if (each.size > each.bytes.size()) absl::StrAppend(&text, " of ", each.size, " bytes");
    if (each.peer != nullptr) absl::StrAppend(&text, " ", each.peer->to_string());
    if (!each.local->is_unspecified()) absl::StrAppend(&text, " at ", each.local->to_string());
  }
  return text;
}

bool operator==(const batch& a, const batch& b) {
  const auto same = [](const datagram& x, const datagram& y) {
    const bool same_peer =
        x.peer == nullptr || y.peer == nullptr ? x.peer == y.peer : *x.peer == *y.peer;
    return same_peer && x.bytes == y.bytes && x.size == y.size && *x.local == *y.local;
  };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same);
}

}  // namespace dgram
