#include "caf_dgram/actors/bus/events.h"

#include <variant>

#include "caf_dgram/dgram/lcm/datagram.h"

namespace dgram {

channel_message::channel_message(std::string_view datagram) noexcept {
  const auto read = lcm::parse(datagram);
  const auto* found = std::get_if<lcm::part>(&read);
  // One that came from another node may be anything.
  if (found == nullptr || !found->is_short) return;
  channel_ = found->channel;
  bytes_ = found->bytes;
  sequence_ = found->sequence;
}

}  // namespace dgram
