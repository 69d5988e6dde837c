#include "caf_dgram/dgram/batch.h"

#include "absl/strings/str_cat.h"

namespace dgram {

std::string datagram::joined() const {
  std::string all;
  all.reserve(head.size() + bytes.size());
  all += head;
  all += bytes;
  return all;
}

void batch::append(payload bytes, std::size_t segment_size, std::size_t size,
                   const datagram_ends& ends) {
  if (ends_.empty() || ends_.back() != ends) ends_.push_back(ends);
  runs_.push_back(
      {std::move(bytes), segment_size, size, static_cast<std::uint32_t>(ends_.size() - 1)});
  count_ += runs_.back().count();
  bytes_ += runs_.back().bytes.size();
}

bool batch::add_segments(datagram_heads heads, payload body, std::size_t segment_size,
                         const datagram_ends& ends) {
  const auto count = segment_size == 0 ? 1 : segment_count(body.size(), segment_size);
  if (heads.bytes.size() != count * heads.size) return false;
  add_segments(std::move(body), segment_size, ends);
  bytes_ += heads.bytes.size();
  heads_.push_back(std::move(heads));
  runs_.back().heads = static_cast<std::uint32_t>(heads_.size());
  return true;
}

payload batch::contiguous(const datagram_run& run) const {
  const auto* heads = heads_of(run);
  if (heads == nullptr) return run.bytes;
  std::string all;
  all.reserve(heads->bytes.size() + run.bytes.size());
  for (std::size_t i = 0; i < run.count(); ++i) {
    all += heads->of(i);
    all += run.segment_at(i * run.segment_size);
  }
  return all;
}

std::string batch::to_string() const {
  constexpr std::size_t most = 4;
  auto text = absl::StrCat(count_, count_ == 1 ? " datagram" : " datagrams");
  std::size_t shown = 0;
  for (const auto& each : *this) {
    if (shown == most) return absl::StrCat(text, ", …");
    const auto whole = each.share();
    absl::StrAppend(&text, shown++ == 0 ? ": " : ", ", whole.to_string());
    if (each.size > whole.size()) absl::StrAppend(&text, " of ", each.size, " bytes");
    if (each.peer != nullptr) absl::StrAppend(&text, " ", each.peer->to_string());
    if (!each.local->is_unspecified()) absl::StrAppend(&text, " at ", each.local->to_string());
  }
  return text;
}

bool operator==(const batch& a, const batch& b) {
  const auto same = [](const datagram& x, const datagram& y) {
    const bool same_peer =
        x.peer == nullptr || y.peer == nullptr ? x.peer == y.peer : *x.peer == *y.peer;
    const bool same_bytes = x.head.size() == y.head.size() ? x.head == y.head && x.bytes == y.bytes
                                                           : x.joined() == y.joined();
    return same_peer && same_bytes && x.size == y.size && *x.local == *y.local;
  };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same);
}

}  // namespace dgram
