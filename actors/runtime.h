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
/// destructor waits until the referenced sockets are closed (`open_options::referenced`) and
/// the actors on its loops have ended, and closes the other sockets; nothing of the network is left
/// when it returns. On other threads, such as a loop's or a scheduler's, it only starts the end,
/// and the actor system's end waits for the rest. A copy may outlive the actor system. Once that
/// has ended, or after `shutdown`, opening fails with `closed`.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/compat/loop_actor.h"
#include "caf_dgram/actors/compat/loop_seat.h"
#include "caf_dgram/actors/compat/unserved_socket.h"
#include "caf_dgram/actors/open_options.h"
#include "caf_dgram/actors/opener.h"
#include "caf_dgram/actors/placement.h"
#include "caf_dgram/actors/runtime_options.h"
#include "caf_dgram/actors/socket_actor.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/family.h"

namespace dgram {

class runtime_core;

/// One of the sockets of `runtime::serve_group`, and the actor that it serves.
template <class Worker>
struct served_socket {
  socket_actor sock;
  Worker worker;
};

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

  /// Spawns an actor of class `Impl` on the least loaded loop, whose thread runs it and, by
  /// default, the sockets that it opens: what they receive reaches it, and what it sends leaves,
  /// without crossing threads. Otherwise it is an actor like any other. While it runs, its
  /// loop serves no socket: let it neither block nor compute for long
  /// (`runtime_options::report_busy_after`, `loop_statistics`). The network lives, and its end
  /// waits, until the actor has ended; `shutdown` sends it `exit_reason::user_shutdown`.
  /// `Options` as for `caf::actor_system::spawn`; a hidden actor is waited for only once the
  /// shutdown has asked it to end. Actors that block or have a thread of their own, and brokers,
  /// do not compile. Errors: closed. Any thread.
  template <class Impl, caf::spawn_options Options = caf::no_spawn_options, class... Arguments>
  auto spawn(Arguments&&... arguments) const {
    return spawn_at<Impl, Options>(placement(), std::forward<Arguments>(arguments)...);
  }

  /// The same for a function that returns the behavior.
  template <caf::spawn_options Options = caf::no_spawn_options, class Function, class... Arguments>
  auto spawn(Function function, Arguments&&... arguments) const {
    return spawn_at<Options>(placement(), std::move(function),
                             std::forward<Arguments>(arguments)...);
  }

  /// The same on a loop of choice. Errors: closed, unsupported for a neighbour that does not
  /// live on a loop of this network.
  template <class Impl, caf::spawn_options Options = caf::no_spawn_options, class... Arguments>
  auto spawn_at(const placement& where, Arguments&&... arguments) const
      -> caf::expected<caf::infer_handle_from_class_t<Impl>> {
    auto seat = take_seat(where, caf::has_hide_flag(Options));
    if (!seat) return std::move(seat.error());
    return spawn_on_loop<Impl, Options>(
        system(), std::move(*seat), [](caf::actor_config&) {},
        std::forward<Arguments>(arguments)...);
  }

  template <caf::spawn_options Options = caf::no_spawn_options, class Function, class... Arguments>
  auto spawn_at(const placement& where, Function function, Arguments&&... arguments) const
      -> caf::expected<caf::infer_handle_from_fun_t<Function>> {
    auto seat = take_seat(where, caf::has_hide_flag(Options));
    if (!seat) return std::move(seat.error());
    return spawn_function_on_loop<Options>(system(), std::move(*seat), std::move(function),
                                           std::forward<Arguments>(arguments)...);
  }

  /// Opens a socket on each loop, all bound to the same address and port, and spawns an actor of
  /// class `Impl` beside each: its listener and owner, which gets the socket as the first
  /// argument. A server that uses as many CPUs as there are loops, without datagrams that cross
  /// threads. The kernel gives each sender's datagrams to one of the sockets, which share nothing
  /// but the port. When one closes, what it had not read is lost, and the kernel spreads all
  /// senders over the others. Memberships and addresses as for `open_group`; `options` has neither
  /// listener nor owner. The sockets start once all actors are made: a constructor must not wait
  /// for its socket, and one that has sent something to it must not throw. Errors: those of `open`,
  /// unsupported; on an error, or when a constructor throws, what was opened closes and the actors
  /// are killed. Any thread.
  template <class Impl, caf::spawn_options Options = caf::no_spawn_options, class... Arguments>
  auto serve_group(family f, const open_options& options, const Arguments&... arguments) const {
    return serve_each<caf::infer_handle_from_class_t<Impl>, Options>(
        f, options, [&](const placement& where, const socket_actor& sock) {
          return spawn_at<Impl, Options>(where, sock, arguments...);
        });
  }

  /// The same for a function that returns the behavior.
  template <caf::spawn_options Options = caf::no_spawn_options, class Function, class... Arguments>
  auto serve_group(family f, const open_options& options, Function function,
                   const Arguments&... arguments) const {
    return serve_each<caf::infer_handle_from_fun_t<Function>, Options>(
        f, options, [&](const placement& where, const socket_actor& sock) {
          return spawn_at<Options>(where, function, sock, arguments...);
        });
  }

  /// Closes every socket; accepted datagrams are sent within the linger time. Asks the actors
  /// on loops to end. Opening and spawning fail from then on. Does not wait. Any thread.
  void shutdown() const;

  /// The number of sockets that are not closed yet. Any thread.
  std::size_t open_sockets() const;

  /// Any thread.
  runtime_statistics get_statistics() const;

 private:
  class copies;

  template <class Worker, caf::spawn_options Options, class Spawn>
  caf::expected<std::vector<served_socket<Worker>>> serve_each(family f,
                                                               const open_options& options,
                                                               Spawn spawn) const;

  caf::expected<unserved_sockets> open_unserved(family f, const open_options& options,
                                                bool is_hidden) const;
  caf::expected<std::unique_ptr<loop_seat>> take_seat(const placement& where, bool is_hidden) const;
  caf::actor_system& system() const;

  friend std::weak_ptr<runtime_core> core_of(const runtime& net);

  std::shared_ptr<copies> core_;
};

template <class Worker, caf::spawn_options Options, class Spawn>
caf::expected<std::vector<served_socket<Worker>>> runtime::serve_each(family f,
                                                                      const open_options& options,
                                                                      Spawn spawn) const {
  auto waiting = open_unserved(f, options, caf::has_hide_flag(Options));
  if (!waiting) return std::move(waiting.error());
  std::vector<served_socket<Worker>> served;
  for (const auto& each : *waiting) {
    auto worker = spawn(placement::beside(each->handle()), each->handle());
    if (!worker) return std::move(worker.error());
    each->meet(*worker);
    served.push_back({each->handle(), *std::move(worker)});
  }
  for (const auto& each : *waiting) each->start();
  return served;
}

}  // namespace dgram
