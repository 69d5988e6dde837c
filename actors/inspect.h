/// A message lists its fields once, and is serialized, deserialized and printed from
/// that list.
///
///   struct bind {
///     static constexpr const char* type_name = "dgram::bind";
///     static constexpr auto fields() {
///       return field_list(field{"local", &bind::local},
///                         field{"replace_stale_path", &bind::replace_stale_path});
///     }
///     address local;
///     bool replace_stale_path = false;
///   };
///
///   to_string(bind{{"localhost", 53}, true});
///   // "bind("localhost" port 53, replace_stale_path=true)"
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "caf_dgram/actors/compat/inspection.h"
#include "caf_dgram/actors/error.h"

namespace dgram {

// -- description --------------------------------------------------------------

/// A named field of an object.
template <class Object, class Value>
struct field {
  const char* name;
  Value Object::*member;
};

template <class Object, class Value>
field(const char*, Value Object::*) -> field<Object, Value>;

/// Fields as one value, called with what takes all of them as arguments. Compilers
/// take far longer for a std::tuple.
template <class... Fields>
constexpr auto field_list(Fields... fields) {
  return [fields...](auto&& visit) { return visit(fields...); };
}

/// Whether a type lists its fields.
template <class T, class = void>
struct has_fields : std::false_type {};

template <class T>
struct has_fields<T, std::void_t<decltype(T::fields())>> : std::true_type {};

template <class T>
using if_has_fields = std::enable_if_t<has_fields<T>::value, int>;

/// The name of a type on the wire; specialized for types that list no fields.
template <class T>
constexpr const char* type_name_of = T::type_name;

/// A list of message types to generate code from.
template <class... Messages>
struct message_list {};

template <class T, class List>
struct is_listed;

template <class T, class... Messages>
struct is_listed<T, message_list<Messages...>> : std::disjunction<std::is_same<T, Messages>...> {};

// -- writing and reading ------------------------------------------------------

/// Found by CAF for every type that lists its fields.
template <class Inspector, class T, if_has_fields<T> = 0>
auto inspect(Inspector& f, T& x) {
  return T::fields()([&](const auto&... each) {
    return inspect_fields(f, x, type_name_of<T>, named{each.name, x.*each.member}...);
  });
}

// -- printing -----------------------------------------------------------------

/// Text in quotes, unprintable bytes escaped as in C, cut after 64 bytes:
/// `"GET / HTTP/1.1\r\n"`, `"aaaa"... (1200 bytes)`.
std::string quoted_excerpt(std::string_view text);

/// A type's name without its namespace.
std::string_view unqualified(std::string_view type_name) noexcept;

/// A field's value in readable form.
template <class Value>
std::string printed(const Value& value) {
  if constexpr (std::is_same_v<Value, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_integral_v<Value>) {
    return std::to_string(value);
  } else if constexpr (std::is_same_v<Value, std::string>) {
    return quoted_excerpt(value);
  } else if constexpr (std::is_same_v<Value, caf::error>) {
    return describe(value);
  } else {
    return to_string(value);
  }
}

template <class Value>
std::string printed(const std::vector<Value>& values) {
  std::string text;
  for (const auto& each : values) text += (text.empty() ? "" : ", ") + printed(each);
  return "[" + text + "]";
}

/// "NAME(VALUE, FIELD=VALUE, ...)": the first field and those that differ from
/// their defaults. CAF's logs and GoogleTest print messages this way.
template <class T, if_has_fields<T> = 0>
std::string to_string(const T& x) {
  const T defaults{};
  std::string text;
  bool is_first = true;
  const auto print = [&](const auto& each) {
    const auto value = printed(x.*each.member);
    if (std::exchange(is_first, false)) {
      text = value;
    } else if (value != printed(defaults.*each.member)) {
      if (!text.empty()) text += ", ";
      text += each.name;
      text += '=';
      text += value;
    }
  };
  T::fields()([&](const auto&... each) { (print(each), ...); });
  return std::string(unqualified(type_name_of<T>)) + '(' + text + ')';
}

template <class T, if_has_fields<T> = 0>
std::ostream& operator<<(std::ostream& out, const T& x) {
  return out << to_string(x);
}

}  // namespace dgram
