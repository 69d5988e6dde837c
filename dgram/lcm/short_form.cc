#include "caf_dgram/dgram/lcm/short_form.h"

#include <cstring>
#include <memory>

#include "caf_dgram/dgram/byte_owner.h"
#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/memory/heap_bytes.h"

namespace dgram::lcm {

std::optional<payload> short_form(std::uint32_t sequence, std::string_view channel,
                                  std::string_view bytes) {
  const auto size = short_header_size + channel.size() + 1 + bytes.size();
  auto memory = std::make_unique<heap_bytes>(size);
  if (memory->data() == nullptr) return std::nullopt;
  part header;
  header.is_short = true;
  header.sequence = sequence;
  header.channel = channel;
  const auto length = write_header(header, memory->data());
  if (!bytes.empty()) std::memcpy(memory->data() + length, bytes.data(), bytes.size());
  const std::string_view all(memory->data(), size);
  return payload::view_of(byte_owner_ref::adopt(memory.release()), all);
}

}  // namespace dgram::lcm
