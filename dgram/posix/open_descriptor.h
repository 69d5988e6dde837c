/// New datagram descriptors, non-blocking and close-on-exec from the start
/// where socket(2) can do that (Linux, the BSDs but macOS, POSIX.1-2024).
#pragma once

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/posix/syscalls.h"
#include "caf_dgram/dgram/posix/unique_fd.h"

namespace dgram {

/// Errors: errno of socket(2), naming "open" and the family.
absl::StatusOr<unique_fd> open_descriptor(family f, const syscalls& kernel);

}  // namespace dgram
