// Any text is an endpoint that is written back as it was read, or an error that
// names it.

#include <cstdint>
#include <string_view>

#include "caf_dgram/dgram/endpoint.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using dgram::endpoint;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = endpoint::parse(text);
  if (!parsed.ok()) {
    require(!parsed.status().message().empty());
    return 0;
  }
  const auto again = endpoint::parse(parsed->to_string());
  require(again.ok());
  require(*again == *parsed);
  require(!(*again < *parsed) && !(*parsed < *again));
  const auto from_kernel = endpoint::from_sockaddr(parsed->data(), parsed->size());
  require(from_kernel && *from_kernel == *parsed);
  require(parsed->with_port(7).host() == parsed->host());
  return 0;
}
