/// A program's network: opens sockets and runs the loops that host them.
///
///   caf::actor_system sys{cfg};
///   dgram::runtime net{sys};
///   auto sock = net.open(dgram::family::udp4, self, {"127.0.0.1", 0});
///   sys.spawn(server, net);                  // actors hold a copy
///
/// A value that is cheap to copy and always safe to use. The network lives as long as a
/// copy does. What happens when the last copy is destroyed depends on the thread. On
/// the thread that created the runtime, and on threads on which no actor has run, the
/// destructor waits until the referenced sockets are closed (`open_options::referenced`)
/// and closes the others; nothing of the network is left when it returns. On other
/// threads, such as a loop's or a scheduler's, it only starts the end, and the actor
/// system's end waits for the rest. A copy may outlive the actor system. Once that has
/// ended, or after `shutdown`, opening fails with `closed`.
#pragma once

#include <cstddef>
#include <memory>

#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/open_options.h"
#include "caf_dgram/actors/opener.h"
#include "caf_dgram/actors/runtime_options.h"
#include "caf_dgram/actors/socket_actor.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/family.h"

namespace dgram {

class runtime_core;

class runtime {
 public:
  /// Starts the loops with the options in the system's configuration (actors/config.h).
  /// Throws std::runtime_error if an option is wrong, naming option, value and range, if
  /// the system refuses the descriptors, or if the message types are not registered
  /// (`add_message_types`), which CAF 1.x requires.
  explicit runtime(caf::actor_system& system);

  /// The same with the given options.
  runtime(caf::actor_system& system, runtime_options options);

  /// Opens a socket on the least loaded loop and performs the steps of `options`. Does
  /// not wait: steps that need a look-up are performed afterwards, and if one fails, the
  /// listener gets an `error_event` that names it. Errors: closed, errno (EMFILE,
  /// EAFNOSUPPORT, …), those of the steps (`set_option`, `bind`, `add_membership`,
  /// `connect`), out_of_range. A failed open leaves nothing behind. Any thread.
  caf::expected<socket_actor> open(family f, const open_options& options = {}) const;

  /// The same for a socket with a listener, not bound or bound to an address.
  caf::expected<socket_actor> open(family f, any_actor listener) const;
  caf::expected<socket_actor> open(family f, any_actor listener, const address& local) const;

  /// Opens one socket on each loop, all bound to the same address and port, behind one
  /// handle: a server that receives on as many CPUs as there are loops. Datagrams of one
  /// sender arrive at one socket, so in order. Unlike with a single socket, sends do not
  /// wait for earlier commands: await the answer of a connect or an option first. The
  /// limits in `options` apply to each socket, memberships to the first one. Without a
  /// local address the wildcard is bound. Addresses must be numeric. Errors: as above.
  /// Any thread.
  caf::expected<socket_actor> open_group(family f, const open_options& options = {}) const;

  /// The actor that opens sockets by message. Ends with the network.
  opener_actor opener() const;

  /// Closes every socket; accepted datagrams are sent within the linger time. Opening
  /// fails from then on. Does not wait. Any thread.
  void shutdown() const;

  /// The number of sockets that are not closed yet. Any thread.
  std::size_t open_sockets() const;

  /// Any thread.
  runtime_statistics get_statistics() const;

 private:
  class copies;

  friend std::weak_ptr<runtime_core> core_of(const runtime& net);

  std::shared_ptr<copies> core_;
};

}  // namespace dgram
