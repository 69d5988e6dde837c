// Messages as they come from another process: whatever the bytes, reading them
// ends, takes no memory that the bytes do not account for, and gives a message
// that can be written and read again, or an error.

#include <cstdint>
#include <memory>
#include <vector>

#include "caf_dgram/actors/messages.h"
#include "caf_dgram/actors/resolver.h"
#include "tests/fuzz/require.h"

namespace dgram {
namespace {

/// Never destroyed: at the program's end CAF's own statics may be gone before it.
caf::actor_system& host() {
  static auto& config = *std::make_unique<caf::actor_system_config>().release();
  static auto& system = *std::make_unique<caf::actor_system>(config).release();
  return system;
}

template <class Message>
void read(const std::uint8_t* data, std::size_t size) {
  Message message{};
  caf::binary_deserializer source(host(), reinterpret_cast<const char*>(data), size);
  if (source(message)) return;
  std::vector<char> bytes;
  caf::binary_serializer sink(host(), bytes);
  require(!sink(message));
  Message again{};
  caf::binary_deserializer second(host(), bytes);
  require(!second(again));
  std::vector<char> bytes_again;
  caf::binary_serializer second_sink(host(), bytes_again);
  require(!second_sink(again));
  require(bytes == bytes_again);
}

template <class... Messages>
void read_one_of(std::size_t which, const std::uint8_t* data, std::size_t size) {
  using reader = void (*)(const std::uint8_t*, std::size_t);
  constexpr reader readers[] = {&read<Messages>...};
  readers[which % sizeof...(Messages)](data, size);
}

void read_any(std::size_t which, const std::uint8_t* data, std::size_t size) {
  read_one_of<dgram::send, send_batch, batch_event, message_event, bind, connect, set_option,
              get_option, set_multicast_interface, add_membership, drop_membership, membership,
              subscribe, grant, batch_result, statistics, listening_event, error_event, close_event,
              overrun_event, kernel_drop_event, drain_event, resolve, resolved>(which, data, size);
}

}  // namespace
}  // namespace dgram

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) dgram::read_any(data[0], data + 1, size - 1);
  return 0;
}
