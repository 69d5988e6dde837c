/// The signatures of typed actors.
#pragma once

#include "caf/replies_to.hpp"
#include "caf/typed_actor.hpp"

namespace dgram {

template <class Result, class Command>
using answers = typename caf::replies_to<Command>::template with<Result>;

}  // namespace dgram
