/// A configuration option that accepts a value of any type, so that its reader can
/// report a wrong one. CAF 0.17 silently drops a value of the wrong type from a
/// configuration file, and its error for the command line does not name the right type.
#pragma once

#include <string>
#include <utility>

#include "caf/config_value.hpp"
#include "caf/expected.hpp"
#include "caf/optional.hpp"
#include "caf/pec.hpp"
#include "caf/string_algorithms.hpp"

namespace dgram {

/// `Type::name` is the value's type as help texts print it.
template <class Type>
struct unchecked_option {
  caf::config_value value;
};

}  // namespace dgram

namespace caf {

template <class Type>
struct config_value_access<dgram::unchecked_option<Type>> {
  using option = dgram::unchecked_option<Type>;

  static std::string type_name() { return Type::name; }
  static bool is(const config_value&) { return true; }
  static optional<option> get_if(const config_value* x) { return option{*x}; }
  static option get(const config_value& x) { return {x}; }
  static config_value convert(option x) { return std::move(x.value); }

  template <class Nested>
  static void parse_cli(string_parser_state& state, option& x, Nested) {
    auto parsed = config_value::parse(state.i, state.e);
    x.value = parsed ? std::move(*parsed) : config_value{std::string(state.i, state.e)};
    state.i = state.e;
    state.code = pec::success;
  }
};

}  // namespace caf
