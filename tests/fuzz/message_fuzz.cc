// Messages as they come from another process: whatever the bytes, reading them
// ends, takes no memory that the bytes do not account for, and gives a message
// that can be written, read again and printed, or an error.

#include <cstdint>
#include <iterator>
#include <memory>
#include <vector>

#include "caf/actor_system.hpp"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/wire.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/resolver.h"
#include "tests/fuzz/require.h"

namespace dgram {
namespace {

/// Never destroyed: at the program's end CAF's own statics may be gone before it.
caf::actor_system& host() {
  static auto& config = *std::make_unique<system_config>().release();
  static auto& system = *std::make_unique<caf::actor_system>(config).release();
  return system;
}

template <class Message>
void read(const std::uint8_t* data, std::size_t size) {
  Message message{};
  if (from_wire(host(), reinterpret_cast<const char*>(data), size, message)) return;
  const auto bytes = to_wire(host(), message);
  require(bool{bytes});
  Message again{};
  require(!from_wire(host(), bytes->data(), bytes->size(), again));
  const auto bytes_again = to_wire(host(), again);
  require(bytes_again && *bytes == *bytes_again);
  require(to_string(message) == to_string(again));
}

/// Reads the bytes as the message that their first one chooses: a change of a list
/// shifts the meaning of the corpus.
template <class... Commands, class... Events, class... Answers>
void read_any(message_list<Commands...>, message_list<Events...>, message_list<Answers...>,
              const std::uint8_t* data, std::size_t size) {
  using reader = void (*)(const std::uint8_t*, std::size_t);
  constexpr reader readers[] = {&read<Commands>..., &read<Events>..., &read<Answers>...,
                                &read<resolve>, &read<resolved>};
  readers[data[0] % std::size(readers)](data + 1, size - 1);
}

}  // namespace
}  // namespace dgram

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dgram;
  if (size > 0) read_any(all_commands(), all_events(), all_answers(), data, size);
  return 0;
}
