/// Where messages are lost.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dgram::lcm {

/// Where a message was lost.
enum class loss_place : std::uint8_t {
  network,        ///< Nothing of it came.
  fragments,      ///< Some of its fragments did not come in time.
  reassembly,     ///< There was no room for it beside others, or it is beyond the limits.
  contradiction,  ///< What came under its number did not fit together.
};

inline constexpr std::size_t loss_places = static_cast<std::size_t>(loss_place::contradiction) + 1;

const char* to_string(loss_place place) noexcept;

}  // namespace dgram::lcm
