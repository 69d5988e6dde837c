/// Configuration options that accept a value of any type, so that their reader can
/// report a wrong one. CAF 0.17 silently drops a value of the wrong type from a
/// configuration file, and its error for the command line does not name the right type;
/// CAF 1.x converts without regard to units.
#pragma once

#include <string>
#include <utility>

#include "caf/config.hpp"
#include "caf/config_option_set.hpp"
#include "caf/config_value.hpp"
#if CAF_MAJOR_VERSION < 1
#include "caf/expected.hpp"
#include "caf/optional.hpp"
#include "caf/pec.hpp"
#include "caf/string_algorithms.hpp"
#endif

#if CAF_MAJOR_VERSION < 1
namespace dgram::internal {

template <class Type>
struct unchecked_option {
  caf::config_value value;
};

}  // namespace dgram::internal

namespace caf {

template <class Type>
struct config_value_access<dgram::internal::unchecked_option<Type>> {
  using option = dgram::internal::unchecked_option<Type>;

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
#endif

namespace dgram {

/// `Type::name` is the value's type as help texts print it.
template <class Type>
void add_unchecked_option(caf::config_option_set& options, const std::string& group,
                          const std::string& name, const std::string& description) {
#if CAF_MAJOR_VERSION >= 1
  // From the command line, values come as strings.
  static constexpr caf::config_option::meta_state meta{
      [](void*, caf::config_value& value) -> caf::error {
        const auto* text = caf::get_if<std::string>(&value);
        if (text == nullptr) return {};
        if (auto parsed = caf::config_value::parse(*text)) value = std::move(*parsed);
        return {};
      },
      nullptr, Type::name};
  options.add(caf::config_option(group, name, description, &meta));
#else
  options.add<internal::unchecked_option<Type>>(group, name, description);
#endif
}

}  // namespace dgram
