// Whatever stands in the control buffer of a received message, walking it stays
// inside and ends.

#include <climits>
#include <cstdint>
#include <cstring>
#include <memory>

#include "caf_dgram/dgram/posix/control_message.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Exactly as large as what is claimed, so that a sanitizer sees any step beyond.
  const auto buffer = std::make_unique<char[]>(size);
  if (size > 0) std::memcpy(buffer.get(), data, size);
  ::msghdr message{};
  message.msg_control = buffer.get();
  message.msg_controllen = size;
  const auto told = dgram::read_control(message);
  require(told.segment_size <= INT_MAX);
  return 0;
}
