/// The signatures of typed actors.
#pragma once

#include "caf/config.hpp"
#include "caf/typed_actor.hpp"
#if CAF_MAJOR_VERSION >= 1
#include "caf/result.hpp"
#else
#include "caf/replies_to.hpp"
#endif

namespace dgram {

#if CAF_MAJOR_VERSION >= 1
template <class Result, class Command>
using answers = caf::result<Result>(Command);
#else
template <class Result, class Command>
using answers = typename caf::replies_to<Command>::template with<Result>;
#endif

}  // namespace dgram
