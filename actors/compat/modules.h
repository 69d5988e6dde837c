/// Loads CAF's modules.
#pragma once

#include "caf/actor_system_config.hpp"
#include "caf/config.hpp"

namespace dgram {

/// Has systems of this configuration load a module of CAF's, such as caf::io::middleman,
/// and registers the module's types, which CAF 1.x requires.
template <class Module>
void load_module(caf::actor_system_config& config) {
#if CAF_MAJOR_VERSION >= 1
  Module::init_global_meta_objects();
#endif
  config.load<Module>();
}

}  // namespace dgram
