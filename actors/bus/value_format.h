/// The bytes of a topic's values (docs/pubsub.md): CAF's own serializers may change between its
/// versions.
///
///   std::string bytes;
///   value_writer writer(bytes);
///   inspect_value(writer, value);               // compat/value_inspector.h
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

namespace dgram {

/// The unsigned integer that has a number's bits.
template <class Number>
using bits_of = std::conditional_t<
    sizeof(Number) == 1, std::uint8_t,
    std::conditional_t<sizeof(Number) == 2, std::uint16_t,
                       std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint64_t>>>;

/// Swaps the bytes of an integer on machines that store the lowest first.
template <class Bits>
Bits in_network_order(Bits bits) noexcept {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if constexpr (sizeof(Bits) == 2) return __builtin_bswap16(bits);
  if constexpr (sizeof(Bits) == 4) return __builtin_bswap32(bits);
  if constexpr (sizeof(Bits) == 8) return __builtin_bswap64(bits);
#endif
  return bits;
}

/// A vector of bytes, which is copied as a whole.
template <class List>
struct is_bytes : std::false_type {};
template <class T, class Allocator>
struct is_bytes<std::vector<T, Allocator>>
    : std::bool_constant<std::is_integral_v<T> && !std::is_same_v<T, bool> && sizeof(T) == 1> {};

/// Appends values to a text.
class value_writer {
 public:
  static constexpr bool is_reading = false;

  explicit value_writer(std::string& to) noexcept : to_(to) {}

  template <class Number>
  void number(const Number& value) {
    bits_of<Number> bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    bits = in_network_order(bits);
    std::array<char, sizeof(bits)> bytes{};
    std::memcpy(bytes.data(), &bits, sizeof(bits));
    to_.append(bytes.data(), bytes.size());
  }

  void text(const std::string& value) {
    number(static_cast<std::uint32_t>(value.size()));
    to_.append(value);
  }

  template <class Array, class Visit>
  void array(Array& values, Visit visit) {
    for (auto& each : values) visit(each);
  }

  template <class Period, class Count>
  void duration(const Count& count) {
    number(count);
  }

  template <class Optional, class Visit>
  void optional(Optional& value, Visit visit) {
    number(static_cast<std::uint8_t>(value.has_value()));
    if (value) visit(*value);
  }

  template <class Element, class List, class Visit>
  void list(List& values, Visit visit) {
    number(static_cast<std::uint32_t>(values.size()));
    if constexpr (is_bytes<List>::value) {
      to_.append(reinterpret_cast<const char*>(values.data()), values.size());  // NOLINT
      return;
    }
    for (auto&& each : values) {
      if constexpr (std::is_same_v<Element, bool>) {
        bool copy = each;
        visit(copy);
      } else {
        visit(each);
      }
    }
  }

  template <class T, class Visit>
  void type(Visit visit) {
    visit();
  }

  template <class Visit>
  void object(std::string_view, std::size_t, Visit visit) {
    visit();
  }

  /// A value that its type does not allow was read.
  void fail() noexcept {}
  static constexpr bool has_failed() noexcept { return false; }

 private:
  std::string& to_;
};

/// Reads what a `value_writer` wrote. Whatever the bytes, it reads no more elements than there are
/// bytes, and no types within each other deeper than `max_depth`.
class value_reader {
 public:
  static constexpr bool is_reading = true;

  /// Of types that contain themselves.
  static constexpr int max_depth = 64;

  explicit value_reader(std::string_view bytes) noexcept
      : rest_(bytes), elements_left_(bytes.size()) {}

  template <class Number>
  void number(Number& value) {
    const auto bytes = take(sizeof(Number));
    if (failed_) return;
    bits_of<Number> bits = 0;
    std::memcpy(&bits, bytes.data(), sizeof(bits));
    bits = in_network_order(bits);
    if constexpr (std::is_same_v<Number, bool>) {
      if (bits > 1) return fail();
      value = bits == 1;
    } else {
      std::memcpy(&value, &bits, sizeof(bits));
    }
  }

  void text(std::string& value) { value = take(size()); }

  template <class Array, class Visit>
  void array(Array& values, Visit visit) {
    for (auto& each : values) visit(each);
  }

  template <class Period, class Count>
  void duration(Count& count) {
    number(count);
  }

  template <class Optional, class Visit>
  void optional(Optional& value, Visit visit) {
    bool is_present = false;
    number(is_present);
    value.reset();
    if (is_present) visit(value.emplace());
  }

  template <class Element, class List, class Visit>
  void list(List& values, Visit visit) {
    values.clear();
    if constexpr (is_bytes<List>::value) {
      const auto bytes = take(size());
      values.insert(values.end(), bytes.begin(), bytes.end());
      return;
    }
    for (auto left = size(); left > 0; --left) {
      // Some types have elements without bytes.
      if (left > elements_left_) return fail();
      --elements_left_;
      Element each{};
      visit(each);
      if (failed_) return;
      values.insert(values.end(), std::move(each));
    }
  }

  template <class T, class Visit>
  void type(Visit visit) {
    if (depth_ == max_depth) return fail();
    ++depth_;
    visit();
    --depth_;
  }

  template <class Visit>
  void object(std::string_view, std::size_t, Visit visit) {
    visit();
  }

  void fail() noexcept { failed_ = true; }
  bool has_failed() const noexcept { return failed_; }

  /// Whether all bytes were a value.
  bool is_complete() const noexcept { return !failed_ && rest_.empty(); }

  std::string_view take(std::size_t count) noexcept {
    if (count > rest_.size()) fail();
    if (failed_) return {};
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

 private:
  std::uint32_t size() {
    std::uint32_t count = 0;
    number(count);
    return failed_ ? 0 : count;
  }

  std::string_view rest_;
  std::size_t elements_left_;
  int depth_ = 0;
  bool failed_ = false;
};

/// Describes a type by what its default value and elements of its lists consist of:
/// "robot::pose{f64,f64,[u8],text}".
class value_describer {
 public:
  static constexpr bool is_reading = false;

  template <class Number>
  void number(const Number&) {
    if constexpr (std::is_same_v<Number, bool>) {
      append("bool");
    } else if constexpr (std::is_same_v<Number, char>) {
      // Signed on some machines only.
      append("char");
    } else {
      static_assert(sizeof(Number) <= 8, "long double has no portable form");
      constexpr char kind = std::is_floating_point_v<Number> ? 'f'
                            : std::is_signed_v<Number>       ? 'i'
                                                             : 'u';
      append(kind + std::to_string(8 * sizeof(Number)));
    }
  }

  void text(const std::string&) { append("text"); }

  /// "i64*1/1000": so many thousandths of a second.
  template <class Period, class Count>
  void duration(const Count& count) {
    number(count);
    text_ += "*" + std::to_string(Period::num) + "/" + std::to_string(Period::den);
  }

  template <class Array, class Visit>
  void array(Array& values, Visit visit) {
    append(std::to_string(values.size()));
    enclosed('[', ']', [&] {
      if (!values.empty()) visit(values.front());
    });
  }

  template <class Optional, class Visit>
  void optional(Optional&, Visit visit) {
    append("optional");
    enclosed('[', ']', [&] {
      typename Optional::value_type each{};
      visit(each);
    });
  }

  template <class Element, class List, class Visit>
  void list(List&, Visit visit) {
    append("");
    enclosed('[', ']', [&] {
      Element each{};
      visit(each);
    });
  }

  template <class T, class Visit>
  void type(Visit visit) {
    for (std::size_t i = 0; i < within_.size(); ++i) {
      // It contains itself.
      if (within_[i] == typeid(T)) return append("^" + std::to_string(within_.size() - i));
    }
    within_.emplace_back(typeid(T));
    visit();
    within_.pop_back();
  }

  /// Without a name, one field stands for the whole.
  template <class Visit>
  void object(std::string_view name, std::size_t fields, Visit visit) {
    if (name.empty() && fields == 1) return visit();
    append(name);
    enclosed('{', '}', visit);
  }

  void fail() noexcept {}
  static constexpr bool has_failed() noexcept { return false; }

  const std::string& description() const noexcept { return text_; }

 private:
  void append(std::string_view what) {
    if (!is_first_) text_ += ',';
    text_ += what;
    is_first_ = false;
  }

  template <class Visit>
  void enclosed(char open, char close, Visit visit) {
    text_ += open;
    is_first_ = true;
    visit();
    text_ += close;
    is_first_ = false;
  }

  std::string text_;
  bool is_first_ = true;
  std::vector<std::type_index> within_;
};

}  // namespace dgram
