#include "bench/isolated_network.h"

#include <sched.h>

#include <cstdlib>
#include <stdexcept>

namespace bench {

void enter_isolated_network() {
  if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    throw std::runtime_error("no network of its own: needs root, or user namespaces");
  }
  // NOLINTNEXTLINE: ip(8) is what there is, and no thread is there yet
  if (std::system("ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo") != 0) {
    throw std::runtime_error("ip");
  }
}

}  // namespace bench
