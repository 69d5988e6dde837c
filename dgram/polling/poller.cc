#include "caf_dgram/dgram/polling/poller.h"

#include <cerrno>

#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/polling/epoll_poller.h"
#include "caf_dgram/dgram/polling/poll_poller.h"

namespace dgram {

poller_kind default_poller_kind() noexcept {
#ifdef __linux__
  return poller_kind::epoll;
#else
  return poller_kind::poll;
#endif
}

absl::StatusOr<std::unique_ptr<poller>> make_poller(poller_kind kind) {
  switch (kind) {
    case poller_kind::epoll:
#ifdef __linux__
      return epoll_poller::make();
#else
      return system_failure("make poller", to_string(kind), ENOSYS);
#endif
    case poller_kind::poll:
      return poll_poller::make();
  }
  return system_failure("make poller", to_string(kind), EINVAL);
}

}  // namespace dgram
