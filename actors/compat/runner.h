/// What runs actors: a thread of CAF's scheduler, or a loop of this library.
#pragma once

#include "caf/actor_system.hpp"
#include "caf/config.hpp"
#if CAF_MAJOR_VERSION >= 1
#include "caf/scheduler.hpp"
#else
#include "caf/execution_unit.hpp"
#endif

namespace dgram {

#if CAF_MAJOR_VERSION >= 1
using actor_runner = caf::scheduler;
#else
using actor_runner = caf::execution_unit;
#endif

}  // namespace dgram
