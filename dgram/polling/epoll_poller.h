/// The poller of Linux: epoll(7), woken by an eventfd(2).
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/polling/poller.h"

namespace dgram {

/// Errors: errno; ENOSYS on other systems.
absl::StatusOr<std::unique_ptr<poller>> make_epoll_poller();

}  // namespace dgram
