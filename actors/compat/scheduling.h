/// The settings of CAF's scheduler, which have other names in 1.x.
#pragma once

#include <cstddef>

#include "caf/actor_system_config.hpp"
#include "caf/config.hpp"
#if CAF_MAJOR_VERSION < 1
#include "caf/atom.hpp"
#endif

namespace dgram {

/// Has all workers take jobs from one queue.
inline void use_sharing(caf::actor_system_config& config) {
#if CAF_MAJOR_VERSION >= 1
  config.set("caf.scheduler.policy", "sharing");
#else
  config.set("scheduler.policy", caf::atom("sharing"));
#endif
}

/// Sets the number of workers.
inline void use_threads(caf::actor_system_config& config, std::size_t threads) {
#if CAF_MAJOR_VERSION >= 1
  config.set("caf.scheduler.max-threads", threads);
#else
  config.set("scheduler.max-threads", threads);
#endif
}

}  // namespace dgram
