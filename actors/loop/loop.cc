#include "caf_dgram/actors/loop/loop.h"

#ifdef __linux__
#include <pthread.h>
#include <sys/prctl.h>
#endif

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "caf/actor_system.hpp"
#include "caf_dgram/actors/compat/direct_receiver.h"
#include "caf_dgram/actors/compat/threads.h"
#include "caf_dgram/actors/loop/loop_thread.h"

namespace dgram {
namespace {

/// Messages an actor handles before others run.
constexpr std::size_t max_throughput = 1000;

/// Rounds in a step: those that have messages, then those that got some from them, or of the
/// program's have more, and so on. An answer that passes a few actors of the loop leaves without a
/// look at its descriptors in between.
constexpr int max_rounds = 4;

/// Descriptors reported in one turn.
constexpr std::size_t max_ready = 64;

/// Bytes of unused datagram memory that a loop keeps cached.
constexpr std::size_t kept_memory = std::size_t{4} << 20;

/// By default Linux may wake a thread up to 50 us late (prctl(2)).
void make_timers_exact() {
#ifdef PR_SET_TIMERSLACK
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
#endif
}

/// For top(1), debuggers and profilers. Linux rejects names longer than 15 characters
/// (pthread_setname_np(3)).
void name_this_thread([[maybe_unused]] std::size_t index) {
#ifdef __linux__
  constexpr std::size_t longest = 15;
  const auto name = "dgram.loop." + std::to_string(index);
  ::pthread_setname_np(::pthread_self(), name.substr(0, longest).c_str());
#endif
}

}  // namespace

loop::loop(caf::actor_system& system, std::unique_ptr<poller> poller, loop_timing timing,
           std::size_t index)
    : own_runner(system),
      poller_(std::move(poller)),
      spin_time_(timing.spin),
      pacing_(timing.moderation),
      inbox_(std::make_shared<loop_inbox>([this] { poller_->wake(); })),
      home_(std::make_shared<loop_home>(system, inbox_)),
      ready_(max_ready),
      pool_(chunk_pool::make(kept_memory)),
      receiver_(pool_) {
  // `run_later` may be called only once the inbox knows its thread.
  std::promise<void> started;
  auto has_started = started.get_future();
  thread_ = std::thread([this, index, started = std::move(started)]() mutable {
    name_this_thread(index);
    be_loop_thread();
    make_known_to(home_system());
    inbox_->belong_to_this_thread();
    started.set_value();
    make_timers_exact();
    run();
  });
  has_started.wait();
}

loop::~loop() {
  stopping_ = true;
  shut_down();
  thread_.join();
}

void loop::run_later(job next) {
  if (next.is_hosted()) {
    inbox_->push(std::move(next));
  } else if (inbox_->is_this_thread()) {
    for_scheduler_.push_back(std::move(next));
  } else {
    std::move(next).pass_to_scheduler_of(home_system());
  }
}

void loop::hand_over() {
  if (for_scheduler_.empty()) return;
  const auto now = clock::now();
  if (!stopping_ && pacing_.hold_back(now) > clock::duration::zero()) return;
  pacing_.handed_over(now);
  for (auto& each : for_scheduler_) std::move(each).pass_to_scheduler_of(home_system());
  for_scheduler_.clear();
}

void loop::hold_back() {
  if (for_scheduler_.empty() || !may_doze_ || stopping_ || has_more_to_run()) return;
  const auto rest = pacing_.hold_back(clock::now());
  if (rest <= clock::duration::zero() || !inbox_->incoming().prepare_to_sleep()) return;
  poller_->pause(rest);
  inbox_->incoming().stay_awake();
}

void loop::shut_down() {
  shutting_down_ = true;
  inbox_->nudge();
}

loop_statistics loop::count() const {
  const auto& watch = *home_->watch();
  return {sockets_,
          turns_,
          exceptions_,
          pool_->in_use(),
          pool_->cached(),
          home_->actors(),
          static_cast<std::uint64_t>(watch.busy().count()),
          static_cast<std::uint64_t>(watch.longest().count())};
}

absl::Status loop::attach(loop_client& client, caf::strong_actor_ptr self, int fd) {
  const bool grows = free_places_.empty();
  auto* place = grows ? &places_.emplace_back() : free_places_.back();
  auto status = poller_->watch(fd, place, interest::read);
  if (!status.ok()) {
    if (grows) places_.pop_back();
    return status;
  }
  if (!grows) free_places_.pop_back();
  *place = {&client, std::move(self), fd, interest::read, false, place->generation};
  client.place_ = place;
  ++clients_;
  ++unannounced_;
  return status;
}

void loop::detach(loop_client& client) {
  // Deadlines may be set before the client is attached.
  deadlines_.cancel(&client);
  auto* place = std::exchange(client.place_, nullptr);
  if (place == nullptr) return;
  poller_->forget(place->fd);
  place->client = nullptr;
  ++place->generation;
  --clients_;
  if (!place->shutdown_announced) --unannounced_;
  detached_.push_back(place);
}

void loop::release_detached() {
  // May destroy actors, which are not in use at this point.
  for (auto* place : detached_) {
    place->self = nullptr;
    free_places_.push_back(place);
  }
  detached_.clear();
}

absl::Status loop::watch(loop_client& client, bool reading, bool writing) {
  auto* place = client.place_;
  if (place == nullptr) return absl::OkStatus();
  const auto wanted = to_interest(reading, writing);
  if (wanted == place->watched) return absl::OkStatus();
  auto status = poller_->change(place->fd, place, wanted);
  if (status.ok()) place->watched = wanted;
  return status;
}

void loop::set_deadline(loop_client& client, clock::time_point when) {
  deadlines_.set(&client, when);
}

void loop::cancel_deadline(loop_client& client) { deadlines_.cancel(&client); }

void loop::run() {
  while (true) {
    // Only this thread writes to it, so no read-modify-write is needed.
    turns_.store(turns_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    home_->watch()->begin_share();
    // Read before the actors run, so that they handle messages that arrived before the
    // shutdown first.
    saw_shutdown_ = shutting_down_;
    take_in();
    run_actors();
    ask_clients();
    if (saw_shutdown_) announce_shutdown();
    flush_clients();
    serve_deadlines();
    hand_over();
    release_detached();
    if (is_done()) return;
    wait_and_dispatch();
  }
}

void loop::take_in() {
  auto& runnable = inbox_->runnable();
  const auto append = [&](auto& jobs) {
    runnable.insert(runnable.end(), std::make_move_iterator(jobs.begin()),
                    std::make_move_iterator(jobs.end()));
    jobs.clear();
  };
  append(unfinished_);
  inbox_->incoming().take(taken_);
  append(taken_);
}

bool loop::has_more_to_run() const { return !inbox_->runnable().empty() || !unfinished_.empty(); }

bool loop::may_run_actors() const {
  return !inbox_->runnable().empty() && home_->watch()->leaves_time();
}

void loop::run_actors() {
  auto& runnable = inbox_->runnable();
  for (int round = 0; round < max_rounds && may_run_actors(); ++round) {
    for (auto left = runnable.size(); left > 0; --left) {
      auto next = std::move(runnable.front());
      runnable.pop_front();
      home_->watch()->interrupt();
      if (!next.run(this, max_throughput)) continue;
      // The share of time limits those that are timed: the program's.
      if (next.is_a<direct_receiver>()) {
        runnable.push_back(std::move(next));
      } else {
        unfinished_.push_back(std::move(next));
      }
    }
  }
}

template <class Call>
void loop::guarded(loop_client& client, Call call) {
  home_->watch()->interrupt();
  try {
    call(client);
  } catch (...) {
    ++exceptions_;
    client.on_exception(std::current_exception());
  }
}

template <class Call>
void loop::guarded(client_reference client, Call call) {
  const auto* place = client.place;
  if (place == nullptr || place->generation != client.generation) return;
  guarded(*place->client, call);
}

void loop::announce_shutdown() {
  if (std::exchange(unannounced_, 0) == 0) return;
  std::vector<client_reference> to_call;
  for (auto& place : places_) {
    if (place.client == nullptr || std::exchange(place.shutdown_announced, true)) continue;
    to_call.push_back(reference_to(*place.client));
  }
  for (auto each : to_call) guarded(each, [](loop_client& client) { client.on_shutdown(); });
}

void loop::ask_clients() {
  // A client that asks again is called in the next turn.
  calling_.swap(to_ask_);
  for (auto each : calling_) {
    guarded(each, [](loop_client& client) { client.on_asked_again(); });
  }
  calling_.clear();
}

void loop::flush_clients() {
  // A flush requested during a flush happens in the next turn.
  calling_.swap(to_flush_);
  for (auto each : calling_) {
    guarded(each, [](loop_client& client) { client.on_flush(); });
  }
  calling_.clear();
}

void loop::serve_deadlines() {
  const auto now = clock::now();
  while (const auto client = deadlines_.pop_due(now)) {
    guarded(**client, [](loop_client& due) { due.on_deadline(); });
  }
}

bool loop::is_done() {
  return stopping_ && clients_ == 0 && home_->actors() == 0 && for_scheduler_.empty() &&
         unfinished_.empty() && inbox_->close();
}

std::optional<loop::clock::duration> loop::time_to_wait() {
  constexpr auto not_at_all = clock::duration::zero();
  // A shutdown requested during this turn has not been announced yet.
  if (shutting_down_ != saw_shutdown_) return not_at_all;
  if (!for_scheduler_.empty() || has_more_to_run() || !to_flush_.empty()) return not_at_all;
  if (const auto next = deadlines_.next()) return std::max(*next - clock::now(), not_at_all);
  return std::nullopt;
}

bool loop::spin(std::size_t& count) {
  if (spin_time_ <= clock::duration::zero() || !spinning_.is_worthwhile()) return false;
  const auto now = clock::now();
  // In dense traffic work arrives soon anyway; let it accumulate.
  if (may_doze_ && pacing_.is_dense(now)) return false;
  const auto until = now + spin_time_;
  do {
    count = poller_->wait(absl::MakeSpan(ready_), clock::duration::zero());
    if (count > 0 || inbox_->incoming().has_work()) {
      spinning_.found_work();
      return true;
    }
    std::this_thread::yield();
  } while (clock::now() < until);
  spinning_.found_nothing();
  return false;
}

void loop::wait_and_dispatch() {
  hold_back();
  auto timeout = time_to_wait();
  std::size_t count = 0;
  if (timeout == clock::duration::zero() || !spin(count)) {
    if (!inbox_->incoming().prepare_to_sleep()) timeout = clock::duration::zero();
    count = poller_->wait(absl::MakeSpan(ready_), timeout);
    inbox_->incoming().stay_awake();
  }
  // Whoever used up the first share has another one to catch up. It would get all datagrams by its
  // mailbox otherwise, and, being slower for that, never do so.
  home_->watch()->begin_share();
  run_actors();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& event = ready_[i];
    const auto* place = static_cast<const loop_place*>(event.tag);
    // It may have been detached since the poller reported it.
    if (place->client != nullptr) {
      guarded(*place->client,
              [&](loop_client& ready) { ready.on_ready(event.readable, event.writable); });
    }
    hand_over();
  }
}

}  // namespace dgram
