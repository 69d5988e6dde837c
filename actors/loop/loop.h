/// An event loop that is also the execution unit of the socket actors it hosts, and of the
/// program's actors that live beside them. One thread handles their mailboxes, descriptors and
/// timers, so that sockets need no locks, and datagrams queued during a turn leave in one
/// flush at its end.
///
/// One turn: run the actors that have messages, call the clients that asked for it,
/// flush, serve deadlines, wait, let actors catch up, and report ready descriptors.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "caf/actor_control_block.hpp"
#include "caf/actor_system.hpp"
#include "caf_dgram/actors/compat/job.h"
#include "caf_dgram/actors/compat/own_runner.h"
#include "caf_dgram/actors/loop/deadline_queue.h"
#include "caf_dgram/actors/loop/hand_over_pacing.h"
#include "caf_dgram/actors/loop/loop_home.h"
#include "caf_dgram/actors/loop/loop_inbox.h"
#include "caf_dgram/actors/loop/spin_policy.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/memory/chunk_pool.h"
#include "caf_dgram/dgram/polling/poller.h"
#include "caf_dgram/dgram/posix/receiver.h"

namespace dgram {

class loop_client;

/// What a loop keeps of a client. Of a former one it stays until the end of the turn, and
/// serves another one then, in its next generation.
struct loop_place {
  loop_client* client = nullptr;
  caf::strong_actor_ptr self;
  int fd = -1;
  interest watched = interest::read;
  bool shutdown_announced = false;
  std::uint32_t generation = 0;
};

/// What a loop calls on an actor it hosts, on the loop's thread only.
class loop_client {
 public:
  virtual ~loop_client() = default;

  /// The descriptor is ready, or has a pending error.
  virtual void on_ready(bool readable, bool writable) = 0;

  /// The end of a turn in which `flush_later` was called.
  virtual void on_flush() = 0;

  /// The time set by `set_deadline` has come.
  virtual void on_deadline() = 0;

  /// `ask_again` was called.
  virtual void on_asked_again() = 0;

  /// The runtime shuts down; called once.
  virtual void on_shutdown() = 0;

  /// One of the calls above threw. The client must terminate.
  virtual void on_exception(std::exception_ptr what) = 0;

 private:
  friend class loop;

  loop_place* place_ = nullptr;  ///< Null unless attached.
};

/// How a loop trades CPU time for latency.
struct loop_timing {
  /// Busy-polls this long before sleeping, if recent polls found work.
  std::chrono::nanoseconds spin{0};

  /// In dense traffic, wakes receivers at most once per interval.
  std::chrono::nanoseconds moderation{0};
};

class loop final : public own_runner {
 public:
  using clock = std::chrono::steady_clock;

  /// Starts the thread, named "dgram.loop.INDEX".
  loop(caf::actor_system& system, std::unique_ptr<poller> poller, loop_timing timing,
       std::size_t index);

  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// Shuts down and joins the thread, which ends with its last client.
  ~loop() override;

  // -- any thread -------------------------------------------------------------

  /// Runs a hosted actor here and passes any other to CAF's scheduler, when called on
  /// the loop's own thread not before the next `hand_over`.
  void run_later(job next) override;

  /// Where hosted actors with messages are queued.
  std::shared_ptr<loop_inbox> inbox() const { return inbox_; }

  /// What actors of the program that live here share with the loop.
  const std::shared_ptr<loop_home>& home() const { return home_; }

  /// Calls `on_shutdown` on every client, present and future.
  void shut_down();

  /// The number of sockets placed here.
  std::atomic<std::size_t>& sockets() noexcept { return sockets_; }

  /// The number of sockets and actors placed here, for choosing the least loaded loop.
  std::size_t load() const noexcept { return sockets_ + home_->actors(); }

  loop_statistics count() const;

  // -- the loop's thread ------------------------------------------------------

  /// Watches the descriptor for `client`, whose actor `self` is kept alive until
  /// `detach`.
  absl::Status attach(loop_client& client, caf::strong_actor_ptr self, int fd);

  /// Stops watching the client and its descriptor, which must still be open. The actor
  /// is released at the end of the turn, so that a client may detach itself.
  void detach(loop_client& client);

  /// Sets what the descriptor is watched for, initially for reading.
  absl::Status watch(loop_client& client, bool reading, bool writing);

  /// Calls `on_asked_again` behind the actors of this turn or the next, without causing
  /// one: other threads nudge the inbox when a retry is worthwhile.
  void ask_again(loop_client& client) { to_ask_.push_back(reference_to(client)); }

  /// Calls `on_flush` at the end of this turn.
  void flush_later(loop_client& client) { to_flush_.push_back(reference_to(client)); }

  /// Calls `on_deadline` at that time; replaces an earlier deadline.
  void set_deadline(loop_client& client, clock::time_point when);
  void cancel_deadline(loop_client& client);

  /// Reads datagrams for the clients.
  receiver& receiving() noexcept { return receiver_; }

  /// Datagrams were received or sent, which took time that is no run's. `piles_up`: the kernel has
  /// room for many more while the loop sleeps.
  void count_traffic(std::size_t datagrams, bool piles_up) noexcept {
    home_->watch()->interrupt();
    pacing_.count(datagrams);
    may_doze_ = piles_up;
  }

  /// Scratch space for received datagrams, reused to spare allocations.
  batch& received() noexcept { return received_; }

 private:
  /// A client that may not be attached any more when it is its turn.
  struct client_reference {
    loop_place* place = nullptr;
    std::uint32_t generation = 0;
  };

  static client_reference reference_to(const loop_client& client) noexcept {
    if (client.place_ == nullptr) return {};
    return {client.place_, client.place_->generation};
  }

  void run();

  /// Has the actors run that got messages from other threads, and those that have more.
  void take_in();

  /// Runs the actors that have messages, while their share of the time lasts.
  void run_actors();
  bool may_run_actors() const;

  /// Whether actors have messages that they did not get to.
  bool has_more_to_run() const;

  void ask_clients();
  void flush_clients();
  void serve_deadlines();
  void announce_shutdown();
  void release_detached();
  void wait_and_dispatch();
  std::optional<clock::duration> time_to_wait();

  /// Busy-polls; true if there is work, `count` ready descriptors included.
  bool spin(std::size_t& count);

  bool is_done();

  /// Passes the actors that got messages from clients to the scheduler, unless it is
  /// too early. Scheduled for each message, they would drain their mailboxes faster
  /// than the loop fills them, and sleep and wake up for every few messages.
  void hand_over();

  /// Sleeps until the next hand-over is due, if any actor waits for it.
  void hold_back();

  /// Calls a client. Exceptions end that client only.
  template <class Call>
  void guarded(loop_client& client, Call call);

  /// The same if it is still attached.
  template <class Call>
  void guarded(client_reference client, Call call);

  // More fields than elsewhere: one turn's steps share them, each used by one or two
  // steps, and classes of their own would only pass them around.
  std::unique_ptr<poller> poller_;
  const clock::duration spin_time_;
  hand_over_pacing pacing_;
  bool may_doze_ = true;
  const std::shared_ptr<loop_inbox> inbox_;
  const std::shared_ptr<loop_home> home_;
  std::atomic<bool> shutting_down_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> sockets_{0};
  std::atomic<std::uint64_t> turns_{0};
  std::atomic<std::uint64_t> exceptions_{0};

  // The loop's thread only.
  bool saw_shutdown_ = false;
  std::vector<job> taken_;
  std::vector<job> unfinished_;  ///< Have more messages than a turn handles: go on in the next.
  std::vector<job> for_scheduler_;
  std::deque<loop_place> places_;
  std::vector<loop_place*> free_places_;
  std::vector<loop_place*> detached_;  ///< In this turn.
  std::size_t clients_ = 0;            ///< Attached.
  std::size_t unannounced_ = 0;        ///< Those who were not told of the shutdown.
  std::vector<client_reference> to_flush_;
  std::vector<client_reference> to_ask_;
  std::vector<client_reference> calling_;  ///< In this step; its memory is reused.
  deadline_queue<loop_client*> deadlines_;
  std::vector<readiness> ready_;
  spin_policy spinning_;
  const std::shared_ptr<chunk_pool> pool_;
  receiver receiver_;
  batch received_;

  std::thread thread_;
};

}  // namespace dgram
