/// Lets tests inject kernel faults into a runtime's sockets.
#pragma once

#include "caf_dgram/actors/runtime.h"
#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram {

/// Makes sockets opened from now on use `kernel`, which must outlive them.
void use_kernel(const runtime& net, const syscalls& kernel);

}  // namespace dgram
