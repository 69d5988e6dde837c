#include "caf_dgram/actors/loop/loop.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <algorithm>
#include <utility>

namespace dgram {
namespace {

/// Messages an actor handles before others get their turn.
constexpr std::size_t max_throughput = 1000;

/// Descriptors reported in one turn.
constexpr std::size_t max_ready = 64;

/// Bytes of memory for datagrams that a loop keeps while nobody uses them.
constexpr std::size_t kept_memory = std::size_t{4} << 20;

/// By default Linux lets a thread oversleep by 50 us (prctl(2)).
void make_timers_exact() {
#ifdef PR_SET_TIMERSLACK
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
#endif
}

}  // namespace

loop::loop(caf::actor_system& system, std::unique_ptr<poller> poller, loop_timing timing)
    : actor_runner(&system),
      poller_(std::move(poller)),
      spin_time_(timing.spin),
      pacing_(timing.moderation),
      inbox_(std::make_shared<loop_inbox>([this] { poller_->wake(); })),
      ready_(max_ready),
      pool_(chunk_pool::make(kept_memory)),
      receiver_(pool_) {
  // Others may call `exec_later` only once the thread is known.
  std::promise<void> started;
  auto has_started = started.get_future();
  thread_ = std::thread([this, started = std::move(started)]() mutable {
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

void loop::exec_later(caf::resumable* job) {
  if (job->subtype() == caf::resumable::io_actor) {
    inbox_->push(job);
  } else if (inbox_->is_this_thread()) {
    for_scheduler_.push_back(job);
  } else {
    system().scheduler().enqueue(job);
  }
}

void loop::hand_over() {
  if (for_scheduler_.empty()) return;
  const auto now = clock::now();
  if (!stopping_ && pacing_.hold_back(now) > clock::duration::zero()) return;
  pacing_.handed_over(now);
  for (auto* job : for_scheduler_) system().scheduler().enqueue(job);
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
    // No other thread writes to it.
    turns_.store(turns_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    // Asked before the actors run: those that got messages before the shutdown
    // then handle them first.
    saw_shutdown_ = shutting_down_;
    run_actors();
    ask_clients();
    if (saw_shutdown_) tell_shutdown();
    flush_clients();
    serve_deadlines();
    hand_over();
    // May destroy actors; none of them is in use here any more.
    detached_.clear();
    if (is_done()) return;
    wait_and_dispatch();
  }
}

void loop::run_actors() {
  auto& runnable = inbox_->runnable();
  inbox_->incoming().take(taken_);
  runnable.insert(runnable.end(), taken_.begin(), taken_.end());
  taken_.clear();
  // What becomes runnable meanwhile waits for the next turn.
  for (auto left = runnable.size(); left > 0; --left) {
    auto* job = runnable.front();
    runnable.pop_front();
    if (job->resume(this, max_throughput) == caf::resumable::resume_later) {
      runnable.push_back(job);
    } else {
      caf::intrusive_ptr_release(job);
    }
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

void loop::tell_shutdown() {
  std::vector<loop_client*> untold;
  for (auto& [client, attached] : clients_) {
    if (!std::exchange(attached.told_to_shut_down, true)) untold.push_back(client);
  }
  for (auto* client : untold) guarded(client, [client] { client->on_shutdown(); });
}

void loop::ask_clients() {
  // One that has to be asked once more says so: next turn.
  for (auto* client : std::exchange(to_ask_, {})) {
    guarded(client, [client] { client->on_asked_again(); });
  }
}

void loop::flush_clients() {
  // A flush may ask for another one: next turn.
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
  // A shutdown that came during this turn has yet to be told.
  if (shutting_down_ != saw_shutdown_) return not_at_all;
  if (!for_scheduler_.empty() || !inbox_->runnable().empty() || !to_flush_.empty())
    return not_at_all;
  if (const auto next = deadlines_.next()) return std::max(*next - clock::now(), not_at_all);
  return std::nullopt;
}

bool loop::spin(std::size_t& count) {
  if (spin_time_ <= clock::duration::zero() || !spinning_.is_worthwhile()) return false;
  const auto now = clock::now();
  // Where there is always something to do soon, it may as well pile up a little.
  if (may_doze_ && pacing_.is_dense(now)) return false;
  const auto until = now + spin_time_;
  do {
    count = poller_->wait(absl::MakeSpan(ready_), clock::duration::zero());
    if (count > 0 || inbox_->incoming().has_work()) {
      spinning_.paid_off();
      return true;
    }
    std::this_thread::yield();
  } while (clock::now() < until);
  spinning_.was_in_vain();
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
