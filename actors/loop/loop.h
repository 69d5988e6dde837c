/// An event loop that is also the execution unit of the socket actors it
/// hosts: one thread handles their mailboxes, their descriptors and their
/// timers, so that a socket needs no lock, and what it queued during one turn
/// leaves in one flush at the turn's end.
///
/// One turn: run the actors that have messages, ask and flush those that want it,
/// serve deadlines, wait, report what became ready.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "caf_dgram/actors/compat/caf_version.h"
#include "caf_dgram/actors/loop/deadline_queue.h"
#include "caf_dgram/actors/loop/hand_over_pacing.h"
#include "caf_dgram/actors/loop/loop_inbox.h"
#include "caf_dgram/actors/loop/spin_policy.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/memory/chunk_pool.h"
#include "caf_dgram/dgram/polling/poller.h"
#include "caf_dgram/dgram/posix/receiver.h"

namespace dgram {

/// What a loop calls on an actor it hosts, on the loop's thread only.
class loop_client {
 public:
  virtual ~loop_client() = default;

  /// The descriptor is ready, or has an error to be read.
  virtual void on_ready(bool readable, bool writable) = 0;

  /// The end of a turn in which `flush_later` was called.
  virtual void on_flush() = 0;

  /// The time set by `set_deadline` has come.
  virtual void on_deadline() = 0;

  /// A turn in which `ask_again` was called before.
  virtual void on_asked_again() = 0;

  /// The runtime shuts down; called once.
  virtual void on_shutdown() = 0;

  /// One of the calls above threw. The client must end itself.
  virtual void on_exception(std::exception_ptr what) = 0;
};

/// How a loop trades CPU time for latency.
struct loop_timing {
  /// Before it sleeps it looks around for so long, where that paid off lately.
  std::chrono::nanoseconds spin{0};

  /// While datagrams come densely it wakes their receivers once an interval.
  std::chrono::nanoseconds moderation{0};
};

class loop final : public actor_runner {
 public:
  using clock = std::chrono::steady_clock;

  /// Starts the thread.
  loop(caf::actor_system& system, std::unique_ptr<poller> poller, loop_timing timing);

  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// Shuts down and waits for the thread, which ends with its last client.
  ~loop() override;

  // -- any thread -------------------------------------------------------------

  /// Runs a hosted actor here, passes any other one to CAF's scheduler: from the
  /// loop's own thread not before `hand_over`.
  void exec_later(caf::resumable* job) override;

  /// Where hosted actors are put that have messages.
  std::shared_ptr<loop_inbox> inbox() const { return inbox_; }

  /// Calls `on_shutdown` on every client, present and future.
  void shut_down();

  /// The number of sockets placed here, for choosing among loops.
  std::atomic<std::size_t>& load() noexcept { return load_; }

  loop_statistics count() const;

  // -- the loop's thread ------------------------------------------------------

  /// Watches the descriptor for `client`, whose actor `self` is kept alive until
  /// `detach`.
  absl::Status attach(loop_client& client, caf::strong_actor_ptr self, int fd);

  /// Forgets the client and its descriptor, which is still open. Its actor is
  /// released at the end of the turn, so that a client may detach itself.
  void detach(loop_client& client);

  /// What the descriptor is watched for: at first, for what can be read.
  absl::Status watch(loop_client& client, bool reading, bool writing);

  /// Calls `on_asked_again` in the next turn, whenever that is: something that
  /// others do to the client comes with a nudge of the inbox.
  void ask_again(loop_client& client) { to_ask_.push_back(&client); }

  /// Calls `on_flush` at the end of this turn.
  void flush_later(loop_client& client);

  /// Calls `on_deadline` at that time; replaces an earlier setting.
  void set_deadline(loop_client& client, clock::time_point when);
  void cancel_deadline(loop_client& client);

  /// Reads datagrams for the clients.
  receiver& receiving() noexcept { return receiver_; }

  /// So many datagrams came in or went out; whether the kernel has room for many
  /// more of them while the loop sleeps.
  void count_traffic(std::size_t datagrams, bool piles_up) noexcept {
    pacing_.count(datagrams);
    may_doze_ = piles_up;
  }

  /// Scratch space for what is being received, kept for its memory.
  batch& received() noexcept { return received_; }

 private:
  struct attachment {
    caf::strong_actor_ptr self;
    int fd = -1;
    interest watched = interest::read;
    bool told_to_shut_down = false;
  };

  void run();
  void run_actors();
  void ask_clients();
  void flush_clients();
  void serve_deadlines();
  void tell_shutdown();
  void wait_and_dispatch();
  std::optional<clock::duration> time_to_wait();

  /// Looks around without sleeping; true if there is something to do, `count`
  /// ready descriptors included.
  bool spin(std::size_t& count);

  bool is_done();

  /// Lets those run that got messages from the clients, unless it is too early.
  /// Started for each message, they would find their mailboxes all but empty,
  /// and sleep and wake up for every few messages.
  void hand_over();

  /// Sleeps until it is time to, if anybody waits for it.
  void hold_back();

  /// Calls a client that is still attached; what it throws is its own affair.
  template <class Call>
  void guarded(loop_client* client, Call call);

  std::unique_ptr<poller> poller_;
  const clock::duration spin_time_;
  hand_over_pacing pacing_;
  bool may_doze_ = true;
  const std::shared_ptr<loop_inbox> inbox_;
  std::atomic<bool> shutting_down_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> load_{0};
  std::atomic<std::uint64_t> turns_{0};
  std::atomic<std::uint64_t> exceptions_{0};

  // The loop's thread only.
  bool saw_shutdown_ = false;
  std::vector<caf::resumable*> taken_;
  std::vector<caf::resumable*> for_scheduler_;
  std::unordered_map<loop_client*, attachment> clients_;
  std::vector<caf::strong_actor_ptr> detached_;
  std::vector<loop_client*> to_flush_;
  std::vector<loop_client*> to_ask_;
  deadline_queue<loop_client*> deadlines_;
  std::vector<readiness> ready_;
  spin_policy spinning_;
  const std::shared_ptr<chunk_pool> pool_;
  receiver receiver_;
  batch received_;

  std::thread thread_;
};

}  // namespace dgram
