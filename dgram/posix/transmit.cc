#include "caf_dgram/dgram/posix/transmit.h"

#include <algorithm>

namespace dgram {
namespace {

bool same_peer(const endpoint* a, const endpoint* b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

}  // namespace

bool transmit_plan::joins_last(std::size_t size, std::size_t parts, const endpoint* to,
                               const ip_address& from) const {
  if (transmits_.empty() || !last_takes_more_ || parts_used_ + parts > max_parts) return false;
  const auto& last = transmits_.back();
  return size != 0 && size <= last.segment_size && last.count < segmentation::max_segments &&
         last_size_ + size <= max_merged_bytes && same_peer(to, last.to) && from == last.from &&
         offload_.allows(to, last.segment_size);
}

void transmit_plan::open(std::size_t segment_size, const endpoint* to,
                         const ip_address& from) noexcept {
  transmits_.push_back({{&parts_[parts_used_], 0}, to, segment_size, 0, from});
  last_size_ = 0;
  last_takes_more_ = segment_size != 0;
}

bool transmit_plan::begin_datagram(std::size_t size, std::size_t parts, const endpoint* to,
                                   const ip_address& from) {
  if (!joins_last(size, parts, to, from)) {
    if (!has_room(parts)) return false;
    open(size, to, from);
  }
  auto& last = transmits_.back();
  ++last.count;
  if (size < last.segment_size) last_takes_more_ = false;
  return true;
}

void transmit_plan::append_part(std::string_view bytes) noexcept {
  auto& last = transmits_.back();
  // sendmsg(2) reads through the pointer although it is not const.
  parts_[parts_used_++] = {const_cast<char*>(bytes.data()), bytes.size()};
  last.parts = {last.parts.data(), last.parts.size() + 1};
  last_size_ += bytes.size();
}

bool transmit_plan::add(absl::Span<const payload> buffers, const endpoint* to,
                        const ip_address& from) {
  std::size_t size = 0;
  for (const auto& part : buffers) size += part.size();
  if (!begin_datagram(size, buffers.size(), to, from)) return false;
  for (const auto& part : buffers) append_part(part.view());
  return true;
}

std::size_t transmit_plan::add_headed_run(std::string_view heads, std::size_t head_size,
                                          std::string_view body, std::size_t segment_size,
                                          const endpoint* to, const ip_address& from) {
  std::size_t taken = 0;
  do {
    const auto part = body.substr(taken * segment_size, segment_size);
    if (!begin_datagram(head_size + part.size(), 2, to, from)) break;
    append_part(heads.substr(taken * head_size, head_size));
    append_part(part);
    ++taken;
  } while (taken * segment_size < body.size());
  return taken;
}

std::size_t transmit_plan::add_run(std::string_view bytes, std::size_t segment_size,
                                   const endpoint* to, const ip_address& from) {
  std::size_t taken = 0;
  std::size_t offset = 0;
  do {
    const auto left = bytes.size() - offset;
    const auto first = std::min(segment_size, left);
    if (!joins_last(first, 1, to, from)) {
      if (!has_room(1)) break;
      open(first, to, from);
    }
    auto& last = transmits_.back();
    std::size_t count = 1;
    if (first == last.segment_size && first != 0 && offload_.allows(to, first)) {
      // As many more as fit the message; the last may be shorter.
      count = std::min({segmentation::max_segments - last.count,
                        (max_merged_bytes - last_size_) / first, (left + first - 1) / first});
      count = std::max<std::size_t>(count, 1);
    }
    const auto size = std::min(left, count * first);
    append_part(bytes.substr(offset, size));
    last.count += count;
    taken += count;
    offset += size;
    if (size < count * last.segment_size) last_takes_more_ = false;
  } while (offset < bytes.size());
  return taken;
}

}  // namespace dgram
