#include "caf_dgram/dgram/polling/poller.h"

#include <cerrno>

#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/polling/epoll_poller.h"
#include "caf_dgram/dgram/polling/poll_poller.h"

namespace dgram {

absl::StatusOr<std::unique_ptr<poller>> make_poller(poller_kind kind) {
  switch (kind) {
    case poller_kind::epoll:
      return make_epoll_poller();
    case poller_kind::poll:
      return poll_poller::make();
  }
  return system_failure("make poller", to_string(kind), EINVAL);
}

}  // namespace dgram
