#include "caf_dgram/dgram/decimal.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace dgram {

std::optional<std::uint64_t> parse_decimal(absl::string_view digits) {
  // SimpleAtoi also takes blanks around the number and a sign before it.
  if (!std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit)) return std::nullopt;
  std::uint64_t number = 0;
  if (!absl::SimpleAtoi(digits, &number)) return std::nullopt;
  return number;
}

}  // namespace dgram
