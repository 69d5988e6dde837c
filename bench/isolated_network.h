/// A network with nothing but loopback.
#pragma once

namespace bench {

/// Moves the process there, which must not have other threads: loopback is its way to multicast
/// groups. Throws if the system does not allow it.
void enter_isolated_network();

}  // namespace bench
