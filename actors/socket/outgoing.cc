#include "caf_dgram/actors/socket/outgoing.h"

namespace dgram {

std::size_t outgoing::count() const noexcept {
  return buffers.empty() ? segment_count(data.size(), segment_size) : 1;
}

std::size_t outgoing::bytes() const noexcept {
  if (buffers.empty()) return heads.bytes.size() + data.size();
  std::size_t total = 0;
  for (const auto& part : buffers) total += part.size();
  return total;
}

}  // namespace dgram
