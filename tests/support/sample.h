/// Bytes that show whether they came whole and in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace dgram::testing {

/// The first byte says which of 256 samples it is, the others follow from it.
inline std::string sample(std::size_t size, unsigned number) {
  std::minstd_rand random(number % 256 + 1);
  std::string result(size, '\0');
  for (auto& each : result) each = static_cast<char>(random());
  if (size > 0) result[0] = static_cast<char>(number);
  return result;
}

inline bool is_sample(const std::string& bytes) {
  return bytes.empty() || bytes == sample(bytes.size(), static_cast<std::uint8_t>(bytes[0]));
}

}  // namespace dgram::testing
