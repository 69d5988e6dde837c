/// Numbers in text from outside, as strictly as addresses are written: digits, and nothing
/// else.
///
///   parse_decimal("53");    // 53
///   parse_decimal("+53");   // nullopt; so are " 53", "0x35" and ""
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace dgram {

/// The number, nullopt for anything but decimal digits and for more than 2^64 - 1.
std::optional<std::uint64_t> parse_decimal(absl::string_view digits);

}  // namespace dgram
