#include "caf_dgram/dgram/poller_kind.h"

namespace dgram {

poller_kind default_poller_kind() noexcept {
#if defined(__linux__) && !defined(CAF_DGRAM_NO_LINUX_FEATURES)
  return poller_kind::epoll;
#else
  return poller_kind::poll;
#endif
}

}  // namespace dgram
