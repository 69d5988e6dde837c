/// Maps one description of an object's fields to the inspectors of every CAF version:
/// 0.17 uses the order of the fields, 1.x also needs their names.
#pragma once

#include "caf/error.hpp"
#include "caf/meta/load_callback.hpp"
#include "caf/meta/type_name.hpp"

namespace dgram {

/// A field of an object under inspection.
template <class Value>
struct named {
  const char* name;
  Value& value;
};

template <class Value>
named(const char*, Value&) -> named<Value>;

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

}  // namespace dgram
