/// Maps one description of an object's fields to the inspectors of every CAF version:
/// 0.17 uses the order of the fields, 1.x also needs their names.
#pragma once

#include <type_traits>
#include <utility>

#include "caf/config.hpp"
#include "caf/error.hpp"
#include "caf_dgram/actors/compat/type_ids.h"
#if CAF_MAJOR_VERSION < 1
#include "caf/meta/load_callback.hpp"
#include "caf/meta/type_name.hpp"
#endif

namespace dgram {

/// A field of an object under inspection.
template <class Value>
struct named {
  const char* name;
  Value& value;
};

template <class Value>
named(const char*, Value&) -> named<Value>;

#if CAF_MAJOR_VERSION >= 1
/// Lets `f` visit an object's fields.
template <class Inspector, class Object, class... Values>
bool inspect_fields(Inspector& f, Object& x, const char* type_name, named<Values>... fields) {
  return f.object(x).pretty_name(type_name).fields(f.field(fields.name, fields.value)...);
}

/// Lets `f` visit a value in another form. After reading, `restore` converts the form
/// back and returns a caf::error.
template <class Inspector, class Form, class Restore>
bool inspect_as(Inspector& f, const char* type_name, Form& form, Restore restore) {
  if (!f.virtual_object(type_name).fields(f.field("value", form))) return false;
  if constexpr (Inspector::is_loading) {
    if (caf::error why = restore()) {
      f.set_error(std::move(why));
      return false;
    }
  }
  return true;
}

/// Inspects a value that is written and printed like its only part.
template <class Inspector, class Part>
bool inspect_as_part(Inspector& f, Part& part) {
  return f.apply(part);
}

/// Enumerations travel as their numbers.
template <class Inspector, class Enum, class = std::enable_if_t<std::is_enum_v<Enum>>>
bool inspect(Inspector& f, Enum& x) {
  using number = std::underlying_type_t<Enum>;
  const auto get = [&x] { return static_cast<number>(x); };
  const auto set = [&x](number value) {
    x = static_cast<Enum>(value);
    return true;
  };
  return f.apply(get, set);
}
#else
/// Lets `f` visit an object's fields.
template <class Inspector, class Object, class... Values>
auto inspect_fields(Inspector& f, Object&, const char* type_name, named<Values>... fields) {
  return f(caf::meta::type_name(type_name), fields.value...);
}

/// Lets `f` visit a value in another form. After reading, `restore` converts the form
/// back and returns a caf::error.
template <class Inspector, class Form, class Restore>
auto inspect_as(Inspector& f, const char* type_name, Form& form, Restore restore) {
  return f(caf::meta::type_name(type_name), form, caf::meta::load_callback(restore));
}

/// Inspects a value that is written and printed like its only part.
template <class Inspector, class Part>
auto inspect_as_part(Inspector& f, Part& part) {
  return f(part);
}
#endif

}  // namespace dgram
