/// Numbers in datagrams, most significant byte first, as all of LCM's are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace dgram::lcm {

/// Takes numbers from the front of a text that is long enough.
class big_endian_reader {
 public:
  explicit big_endian_reader(std::string_view text) noexcept : rest_(text) {}

  template <class Number>
  Number take() noexcept {
    Number result = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      result = static_cast<Number>(result << 8U | static_cast<unsigned char>(rest_[i]));
    }
    rest_.remove_prefix(sizeof(Number));
    return result;
  }

  std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_;
};

/// Writes numbers and texts one behind the other. Precondition: there is room for them.
class big_endian_writer {
 public:
  explicit big_endian_writer(char* to) noexcept : begin_(to), next_(to) {}

  template <class Number>
  void put(Number value) noexcept {
    for (std::size_t i = sizeof(Number); i-- > 0;) {
      *next_++ = static_cast<char>(value >> (8 * i) & 0xffU);
    }
  }

  void put(std::string_view text) noexcept { next_ = std::copy(text.begin(), text.end(), next_); }

  std::size_t written() const noexcept { return static_cast<std::size_t>(next_ - begin_); }

 private:
  char* const begin_;
  char* next_;
};

}  // namespace dgram::lcm
