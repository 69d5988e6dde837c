/// What runs actors: a thread of CAF's scheduler, or a loop of this library.
#pragma once

#include "caf/execution_unit.hpp"

namespace dgram {

using actor_runner = caf::execution_unit;

}  // namespace dgram
