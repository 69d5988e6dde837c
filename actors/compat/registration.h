/// Registers types with CAF: 0.17 requires it of types that travel to other processes,
/// 1.x of all that are in messages.
#pragma once

#include <cstdint>
#include <string>
#include <typeinfo>

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"
#include "caf/config.hpp"
#include "caf/error.hpp"
#include "caf/message.hpp"
#include "caf_dgram/actors/compat/type_ids.h"
#if CAF_MAJOR_VERSION >= 1
#include "caf/detail/meta_object.hpp"
#include "caf/init_global_meta_objects.hpp"
#endif

namespace dgram {

/// What to do if a node does not know a type, for error texts.
inline constexpr const char* how_to_register =
    "call dgram::add_message_types(config) before the actor system is made, or derive its "
    "configuration from dgram::system_config";

#if CAF_MAJOR_VERSION >= 1
/// Whether CAF needs the types even for messages within a process.
inline constexpr bool is_registration_required = true;

/// Registers all types that have a number.
inline void register_numbered_types() {
  caf::core::init_global_meta_objects();
  caf::init_global_meta_objects<caf::id_block::caf_dgram>();
}

template <class Message>
void register_message_type(caf::actor_system_config&, const char*) {}

template <class Message>
bool is_registered(caf::actor_system&) {
  return caf::detail::global_meta_object_or_null(caf::type_id_v<Message>) != nullptr;
}

/// Errors with a text may be made before a program has registered types. There is no actor
/// system yet if CAF does not even know std::string, so that it is safe to register that.
inline void register_for_errors() {
  if (caf::detail::global_meta_object_or_null(caf::type_id_v<std::string>) == nullptr) {
    caf::core::init_global_meta_objects();
  }
}

inline bool names_unregistered_type(const std::string&) { return false; }

/// CAF prints errors by the `to_string` of their codes.
template <class Code, class Render>
void register_error_category(caf::actor_system_config&, Code, Render) {}
#else
/// Whether CAF needs the types even for messages within a process.
inline constexpr bool is_registration_required = false;

inline void register_numbered_types() {}
inline void register_for_errors() {}

template <class Message>
void register_message_type(caf::actor_system_config& config, const char* name) {
  config.add_message_type<Message>(name);
}

template <class Message>
bool is_registered(caf::actor_system& system) {
  const auto& types = system.types();
  return types.portable_name(0, &typeid(Message)) != types.default_type_name();
}

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
#endif

}  // namespace dgram
