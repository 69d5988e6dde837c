/// Registers types with CAF 0.17, which it requires before it sends them to other
/// processes.
#pragma once

#include <cstdint>
#include <string>
#include <typeinfo>

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"
#include "caf/error.hpp"
#include "caf/message.hpp"

namespace dgram {

template <class Message>
void register_message_type(caf::actor_system_config& config, const char* name) {
  config.add_message_type<Message>(name);
}

template <class Message>
bool is_registered(caf::actor_system& system) {
  const auto& types = system.types();
  return types.portable_name(0, &typeid(Message)) != types.default_type_name();
}

/// What to do if a node does not know a type, for error texts.
inline constexpr const char* how_to_register =
    "call dgram::add_message_types(config) before the actor system is made, or derive its "
    "configuration from dgram::system_config";

/// Whether CAF's text of an error lists unregistered types of this library, which
/// appear by their mangled names.
inline bool names_unregistered_type(const std::string& text) {
  return text.find("<invalid-type[typeid N5dgram") != std::string::npos;
}

/// Has CAF print errors of `any_code`'s category with `render`.
template <class Code, class Render>
void register_error_category(caf::actor_system_config& config, Code any_code, Render render) {
  config.add_error_category(
      caf::make_error(any_code).category(),
      [render](std::uint8_t code, caf::atom_value category, const caf::message& context) {
        return render(caf::error(code, category, context));
      });
}

}  // namespace dgram
