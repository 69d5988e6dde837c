/// What all copies of a `runtime` share: the loops, the resolver, and the order in
/// which they end.
///
/// The end: no more sockets are opened, referenced sockets are waited for, the others
/// are closed, and the loops' threads are joined. The thread that drops the last handle
/// waits for this only where blocking is harmless. Otherwise an actor with a thread of
/// its own waits, and so does the end of the actor system.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "caf/actor.hpp"
#include "caf/actor_system.hpp"
#include "caf/expected.hpp"
#include "caf_dgram/actors/compat/loop_seat.h"
#include "caf_dgram/actors/compat/system_end.h"
#include "caf_dgram/actors/compat/unserved_socket.h"
#include "caf_dgram/actors/core/busy_reports.h"
#include "caf_dgram/actors/loop/loop.h"
#include "caf_dgram/actors/loop/run_alarm.h"
#include "caf_dgram/actors/open_options.h"
#include "caf_dgram/actors/opener.h"
#include "caf_dgram/actors/placement.h"
#include "caf_dgram/actors/resolver.h"
#include "caf_dgram/actors/runtime_options.h"
#include "caf_dgram/actors/socket/group_ending.h"
#include "caf_dgram/actors/socket/held_start.h"
#include "caf_dgram/actors/socket/opened_socket.h"
#include "caf_dgram/actors/socket/socket_census.h"
#include "caf_dgram/actors/socket_actor.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram {

/// Any thread, unless stated otherwise.
class runtime_core : public std::enable_shared_from_this<runtime_core> {
 public:
  /// Starts the loops. Throws std::runtime_error if the system refuses a resource.
  static std::shared_ptr<runtime_core> start(caf::actor_system& system, runtime_options options);

  runtime_core(const runtime_core&) = delete;
  runtime_core& operator=(const runtime_core&) = delete;
  ~runtime_core();

  /// Opens a socket. Steps that need a look-up are sent to it as commands.
  caf::expected<socket_actor> open(family f, const open_options& options);
  caf::expected<socket_actor> open_group(family f, const open_options& options);

  /// Sockets as of a group, one on each loop, without a group and without subscribers, to serve
  /// actors that are hidden or not.
  caf::expected<unserved_sockets> open_unserved(family f, const open_options& options,
                                                bool is_hidden);

  /// The first half of `open`: the steps that need no look-up.
  caf::expected<socket_actor> open_without_names(family f, const open_options& options,
                                                 const open_addresses& where);

  /// A place on a loop for an actor; the end waits for it, unless it is hidden.
  caf::expected<std::unique_ptr<loop_seat>> take_seat(const placement& where, bool is_hidden);

  /// Null after the end.
  opener_actor opener() const {
    const std::shared_lock<std::shared_mutex> guard(gate_);
    return opener_;
  }

  /// Closes every socket and asks the actors on loops to end; opening and spawning fail from
  /// then on. Does not wait.
  void shutdown();

  /// The last copy of the runtime was destroyed.
  void on_last_handle();

  caf::actor_system& system() const { return system_; }
  std::size_t open_sockets() const { return census_->open(); }
  runtime_statistics get_statistics() const;

  /// See core/kernel_seam.h.
  void use_kernel(const syscalls& kernel) { kernel_ = &kernel; }

 private:
  enum class actors_to_wait_for : bool { none, own };

  runtime_core(caf::actor_system& system, runtime_options options);

  void start_loops();

  // Those that return a loop are called with `gate_` held, before the end.
  loop& least_loaded();

  /// Null if the actor does not live on a loop of this runtime.
  loop* loop_of(const any_actor& who);

  /// The loop that the calling thread runs, or null.
  loop* this_loop();

  /// The loop for a socket; fails if `where` names an actor elsewhere.
  absl::StatusOr<loop*> place(const char* operation, const placement& where);
  absl::StatusOr<loop*> place_socket(const open_options& options);

  /// Starts the thread that reports actors that block.
  void start_alarm();

  /// The group that a socket is a member of, if any.
  struct membership_of_group {
    caf::strong_actor_ptr group = {};
    std::uint32_t index = 0;
    std::shared_ptr<group_ending> ending = {};
  };

  /// Opens sockets on one port, one for each loop. With `gate_` held.
  absl::StatusOr<std::vector<opened_socket>> open_on_each_loop(const char* operation, family f,
                                                               const open_options& options);

  /// Has a loop host a socket, which does not start before it is released from `held`, if any.
  template <caf::spawn_options Options>
  socket_actor host(loop& where, opened_socket opened, const open_options& options,
                    membership_of_group in, std::shared_ptr<held_start> held = nullptr);

  /// Whether this thread may block until the end is complete.
  bool may_wait() const;

  /// Performs the whole end; further calls wait for the first.
  void finish(actors_to_wait_for waited_for);

  caf::actor_system& system_;
  const runtime_options options_;
  const std::thread::id made_by_ = std::this_thread::get_id();
  const std::shared_ptr<socket_census> census_;
  const std::shared_ptr<const busy_reports> busy_reports_;
  std::atomic<const syscalls*> kernel_{&syscalls::system()};
  std::atomic<std::uint64_t> refused_{0};
  resolver_actor resolver_;             ///< Shared by all sockets.
  std::vector<caf::actor> own_actors_;  ///< End with the runtime.
  opener_actor opener_;
  std::unique_ptr<system_end_watch> system_end_;

  mutable std::shared_mutex gate_;  ///< Held shared while a socket is opened.
  bool closed_ = false;
  std::vector<std::unique_ptr<loop>> loops_;
  std::once_flag alarm_started_;
  std::unique_ptr<run_alarm> alarm_;  ///< Null until an actor lives on a loop.

  std::mutex finishing_;
  bool finished_ = false;
};

class runtime;

/// Does not keep the network alive.
std::weak_ptr<runtime_core> core_of(const runtime& net);

}  // namespace dgram
