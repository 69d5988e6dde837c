/// LCM's way to name a bus: "udpm://239.255.76.67:7667?ttl=1".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/endpoint.h"

namespace dgram::lcm {

/// Where a bus is.
struct url {
  /// LCM's own: 239.255.76.67, port 7667.
  static endpoint default_group();

  endpoint group = default_group();
  int ttl = 0;                                       ///< 0 to 255; 0 keeps to this host.
  std::optional<std::uint32_t> receive_buffer = {};  ///< Bytes; the kernel's default if none.

  /// Reads a URL. What it leaves out has LCM's default: the group, the port, or both, as in
  /// "udpm://". An IPv6 group stands in brackets. Options are `ttl` and `recv_buf_size`. Errors:
  /// invalid_address, invalid_port, out_of_range, unsupported; each names the whole URL.
  static absl::StatusOr<url> parse(std::string_view text);
};

}  // namespace dgram::lcm
