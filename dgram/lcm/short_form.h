/// Messages as subscribers get them: as one short message, whatever the length.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "caf_dgram/dgram/payload.h"

namespace dgram::lcm {

/// Nothing if there is no memory. Precondition: `is_channel(channel)`.
std::optional<payload> short_form(std::uint32_t sequence, std::string_view channel,
                                  std::string_view bytes);

}  // namespace dgram::lcm
