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

namespace dgram {
namespace {

/// Messages an actor handles in a turn before others run.
constexpr std::size_t max_throughput = 1000;

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

thread_local bool runs_a_loop = false;

}  // namespace

bool loop::is_loop_thread() noexcept { return runs_a_loop; }

loop::loop(caf::actor_system& system, std::unique_ptr<poller> poller, loop_timing timing,
           std::size_t index)
    : own_runner(system),
      poller_(std::move(poller)),
      spin_time_(timing.spin),
      pacing_(timing.moderation),
      inbox_(std::make_shared<loop_inbox>([this] { poller_->wake(); })),
      ready_(max_ready),
      pool_(chunk_pool::make(kept_memory)),
      receiver_(pool_) {
  // `run_later` may be called only once the inbox knows its thread.
  std::promise<void> started;
  auto has_started = started.get_future();
  thread_ = std::thread([this, index, started = std::move(started)]() mutable {
    name_this_thread(index);
    runs_a_loop = true;
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
  if (for_scheduler_.empty() || !may_doze_ || stopping_) return;
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
  return {load_, turns_, exceptions_, pool_->in_use(), pool_->cached()};
}

absl::Status loop::attach(loop_client& client, caf::strong_actor_ptr self, int fd) {
  auto status = poller_->watch(fd, &client, interest::read);
  if (status.ok()) {
    clients_.emplace(&client, attachment{std::move(self), fd, interest::read, false});
  }
  return status;
}

void loop::detach(loop_client& client) {
  const auto found = clients_.find(&client);
  if (found == clients_.end()) return;
  poller_->forget(found->second.fd);
  detached_.push_back(std::move(found->second.self));
  clients_.erase(found);
  deadlines_.cancel(&client);
}

absl::Status loop::watch(loop_client& client, bool reading, bool writing) {
  const auto found = clients_.find(&client);
  if (found == clients_.end()) return absl::OkStatus();
  auto& watched = found->second.watched;
  const auto wanted = to_interest(reading, writing);
  if (wanted == watched) return absl::OkStatus();
  auto status = poller_->change(found->second.fd, &client, wanted);
  if (status.ok()) watched = wanted;
  return status;
}

void loop::flush_later(loop_client& client) { to_flush_.push_back(&client); }

void loop::set_deadline(loop_client& client, clock::time_point when) {
  deadlines_.set(&client, when);
}

void loop::cancel_deadline(loop_client& client) { deadlines_.cancel(&client); }

void loop::run() {
  while (true) {
    // Only this thread writes to it, so no read-modify-write is needed.
    turns_.store(turns_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    // Read before the actors run, so that they handle messages that arrived before the
    // shutdown first.
    saw_shutdown_ = shutting_down_;
    run_actors();
    ask_clients();
    if (saw_shutdown_) announce_shutdown();
    flush_clients();
    serve_deadlines();
    hand_over();
    // May destroy actors, which are not in use at this point.
    detached_.clear();
    if (is_done()) return;
    wait_and_dispatch();
  }
}

void loop::run_actors() {
  auto& runnable = inbox_->runnable();
  inbox_->incoming().take(taken_);
  runnable.insert(runnable.end(), std::make_move_iterator(taken_.begin()),
                  std::make_move_iterator(taken_.end()));
  taken_.clear();
  // Actors that become runnable meanwhile wait for the next turn.
  for (auto left = runnable.size(); left > 0; --left) {
    auto next = std::move(runnable.front());
    runnable.pop_front();
    if (next.run(this, max_throughput)) runnable.push_back(std::move(next));
  }
}

template <class Call>
void loop::guarded(loop_client* client, Call call) {
  if (clients_.count(client) == 0) return;
  try {
    call();
  } catch (...) {
    ++exceptions_;
    client->on_exception(std::current_exception());
  }
}

void loop::announce_shutdown() {
  std::vector<loop_client*> to_call;
  for (auto& [client, attached] : clients_) {
    if (!std::exchange(attached.shutdown_announced, true)) to_call.push_back(client);
  }
  for (auto* client : to_call) guarded(client, [client] { client->on_shutdown(); });
}

void loop::ask_clients() {
  // A client that asks again is called in the next turn.
  for (auto* client : std::exchange(to_ask_, {})) {
    guarded(client, [client] { client->on_asked_again(); });
  }
}

void loop::flush_clients() {
  // A flush requested during a flush happens in the next turn.
  for (auto* client : std::exchange(to_flush_, {})) {
    guarded(client, [client] { client->on_flush(); });
  }
}

void loop::serve_deadlines() {
  const auto now = clock::now();
  while (const auto client = deadlines_.pop_due(now)) {
    guarded(*client, [client] { (*client)->on_deadline(); });
  }
}

bool loop::is_done() {
  return stopping_ && clients_.empty() && for_scheduler_.empty() && inbox_->close();
}

std::optional<loop::clock::duration> loop::time_to_wait() {
  constexpr auto not_at_all = clock::duration::zero();
  // A shutdown requested during this turn has not been announced yet.
  if (shutting_down_ != saw_shutdown_) return not_at_all;
  if (!for_scheduler_.empty() || !inbox_->runnable().empty() || !to_flush_.empty())
    return not_at_all;
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
  for (std::size_t i = 0; i < count; ++i) {
    const auto& event = ready_[i];
    auto* client = static_cast<loop_client*>(event.tag);
    guarded(client, [&] { client->on_ready(event.readable, event.writable); });
    hand_over();
  }
}

}  // namespace dgram
