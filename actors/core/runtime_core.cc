#include "caf_dgram/actors/core/runtime_core.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "caf/actor_cast.hpp"
#include "caf/blocking_actor.hpp"
#include "caf/scoped_actor.hpp"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/class_cast.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/compat/resident.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/compat/threads.h"
#include "caf_dgram/actors/core/clamped.h"
#include "caf_dgram/actors/core/held_socket.h"
#include "caf_dgram/actors/core/opener.h"
#include "caf_dgram/actors/core/ownership.h"
#include "caf_dgram/actors/core/seat_on_loop.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/loop/loop_thread.h"
#include "caf_dgram/actors/resolve/shared_resolver.h"
#include "caf_dgram/actors/socket/after_end.h"
#include "caf_dgram/actors/socket/checks.h"
#include "caf_dgram/actors/socket/hosted_socket.h"
#include "caf_dgram/actors/socket/socket_group.h"
#include "caf_dgram/dgram/polling/poller.h"

namespace dgram {
namespace {

/// Starts an actor that was spawned to begin with its first message. The message is
/// not a command, which would be reported to subscribers if the socket had been closed
/// in the meantime, but an error without a code, which sockets and groups ignore.
void start_lazy(const caf::strong_actor_ptr& lazy) {
  send_shared(nullptr, lazy, caf::make_message_id(), caf::make_message(caf::error()), nullptr);
}

/// Sends a socket a command without a sender, so that its error is published.
template <class Command>
void command(const socket_actor& sock, Command what) {
  send_anonymously(sock, std::move(what));
}

subscribe listener_of(const open_options& options) {
  return {options.listener, options.datagrams, options.credits,
          options.beyond,   options.backlog,   options.events};
}

bool is_referenced(const open_options& options) {
  if (options.referenced) return *options.referenced;
  return is_waited_for(owner_of(options));
}

std::string name_of(const opened_socket& sock) {
  const auto local = sock.descriptor.local_endpoint();
  return absl::StrCat(to_string(sock.descriptor.family()), " ",
                      local.ok() ? local->to_string() : "(not bound)");
}

/// Less would not hold an event.
constexpr std::size_t least_unacknowledged = 4096;

/// Whether terms and limits are within their ranges.
absl::Status check(const open_options& options) {
  constexpr const char* operation = open_socket::operation;
  if (auto status = check_ranges(listener_of(options)); !status.ok()) return status;
  if (options.receive_memory && *options.receive_memory < 1) {
    return failure(errc::out_of_range, operation, "receive_memory 0", "at least 1 byte");
  }
  if (options.remote_unacknowledged && *options.remote_unacknowledged < least_unacknowledged) {
    return failure(errc::out_of_range, operation,
                   absl::StrCat("remote_unacknowledged ", *options.remote_unacknowledged),
                   absl::StrCat("at least ", least_unacknowledged, " bytes"));
  }
  if (options.send_limits) {
    if (options.send_limits->datagrams < 1) {
      return failure(errc::out_of_range, operation, "send_limits.datagrams 0",
                     "at least 1 datagram");
    }
    if (options.send_limits->bytes < 1) {
      return failure(errc::out_of_range, operation, "send_limits.bytes 0", "at least 1 byte");
    }
  }
  if (options.send_rate) {
    if (options.send_rate->bytes_per_second < 1) {
      return failure(errc::out_of_range, operation, "send_rate.bytes_per_second 0",
                     "at least 1 byte");
    }
    if (options.send_rate->burst == std::size_t{0}) {
      return failure(errc::out_of_range, operation, "send_rate.burst 0", "at least 1 byte");
    }
  }
  return absl::OkStatus();
}

runtime_options in_range(runtime_options options) {
  options.spin = clamped(options.spin);
  options.moderation = clamped(options.moderation);
  options.resolve_timeout = clamped(options.resolve_timeout);
  options.linger = clamped(options.linger);
  options.report_busy_after = clamped(options.report_busy_after);
  options.report_waiting_after = clamped(options.report_waiting_after);
  options.loops = std::max<std::size_t>(options.loops, 1);
  options.remote_unacknowledged = std::max(options.remote_unacknowledged, least_unacknowledged);
  // An empty queue takes a datagram whatever its limits.
  options.send_limits.datagrams = std::max<std::size_t>(options.send_limits.datagrams, 1);
  options.send_limits.bytes = std::max<std::size_t>(options.send_limits.bytes, 1);
  return options;
}

void report_waiting(const std::vector<std::string>& names) {
  std::fprintf(stderr, "caf-dgram: the network's end waits for %s\n",
               absl::StrJoin(names, ", ").c_str());
}

}  // namespace

// -- start --------------------------------------------------------------------

runtime_core::runtime_core(caf::actor_system& system, runtime_options options)
    : system_(system),
      options_(in_range(std::move(options))),
      census_(std::make_shared<socket_census>()),
      busy_reports_(std::make_shared<busy_reports>(options_.report_busy_after)) {}

runtime_core::~runtime_core() = default;

std::shared_ptr<runtime_core> runtime_core::start(caf::actor_system& system,
                                                  runtime_options options) {
  std::shared_ptr<runtime_core> core(new runtime_core(system, std::move(options)));
  core->start_loops();
  auto backend = core->options_.resolver;
  if (!backend) {
    backend = spawn_resolver(system, lookup_limits{core->options_.resolve_timeout});
    core->own_actors_.push_back(caf::actor_cast<caf::actor>(backend));
  }
  core->resolver_ = spawn_shared_resolver(system, backend, core->options_.resolve_timeout);
  core->own_actors_.push_back(caf::actor_cast<caf::actor>(core->resolver_));
  core->opener_ = spawn_opener(system, core);
  core->own_actors_.push_back(caf::actor_cast<caf::actor>(core->opener_));
  core->system_end_ =
      std::make_unique<system_end_watch>(system, [weak = std::weak_ptr<runtime_core>(core)] {
        // This is a thread of CAF's that other actors may need.
        if (const auto ending = weak.lock()) ending->finish(actors_to_wait_for::none);
      });
  return core;
}

void runtime_core::start_loops() {
  loops_.reserve(options_.loops);
  for (std::size_t i = 0; i < options_.loops; ++i) {
    auto poller = make_poller(options_.poller);
    if (!poller.ok()) throw std::runtime_error(std::string(poller.status().message()));
    loops_.push_back(std::make_unique<loop>(system_, *std::move(poller),
                                            loop_timing{options_.spin, options_.moderation}, i));
  }
}

void runtime_core::start_alarm() {
  if (busy_reports_->limit() <= std::chrono::nanoseconds::zero()) return;
  std::vector<std::shared_ptr<run_watch>> watches;
  for (const auto& each : loops_) watches.push_back(each->home()->watch());
  alarm_ = std::make_unique<run_alarm>(std::move(watches), busy_reports_->limit(),
                                       busy_reports::report_running);
}

// -- placing ------------------------------------------------------------------

loop& runtime_core::least_loaded() {
  const auto found =
      std::min_element(loops_.begin(), loops_.end(),
                       [](const auto& a, const auto& b) { return a->load() < b->load(); });
  return **found;
}

loop* runtime_core::loop_of(const any_actor& who) {
  if (!who) return nullptr;
  const auto* neighbour = class_cast<resident>(caf::actor_cast<caf::abstract_actor*>(who.handle()));
  if (neighbour == nullptr) return nullptr;
  const auto found = std::find_if(loops_.begin(), loops_.end(), [&](const auto& each) {
    return each->inbox().get() == neighbour->home();
  });
  return found == loops_.end() ? nullptr : found->get();
}

loop* runtime_core::this_loop() {
  const auto found = std::find_if(loops_.begin(), loops_.end(),
                                  [](const auto& each) { return each->inbox()->is_this_thread(); });
  return found == loops_.end() ? nullptr : found->get();
}

absl::StatusOr<loop*> runtime_core::place(const char* operation, const placement& where) {
  if (where.how() != placement::kind::beside) return &least_loaded();
  if (auto* found = loop_of(where.neighbour()); found != nullptr) return found;
  const auto& neighbour = where.neighbour();
  return failure(
      errc::unsupported, operation,
      neighbour ? absl::StrCat("beside actor ", neighbour.handle().id()) : "beside no actor",
      "it does not live on a loop of this network");
}

absl::StatusOr<loop*> runtime_core::place_socket(const open_options& options) {
  if (options.where.how() == placement::kind::usual) {
    if (auto* found = loop_of(options.listener); found != nullptr) return found;
    if (auto* found = this_loop(); found != nullptr) return found;
  }
  return place(open_socket::operation, options.where);
}

caf::expected<std::unique_ptr<loop_seat>> runtime_core::take_seat(const placement& where,
                                                                  bool is_hidden) {
  constexpr const char* operation = "spawn";
  const std::shared_lock<std::shared_mutex> guard(gate_);
  if (closed_) return to_error(closed_failure(operation, "an actor on a loop"));
  const auto found = place(operation, where);
  if (!found.ok()) return to_error(found.status());
  std::call_once(alarm_started_, [this] { start_alarm(); });
  const auto index = std::find_if(loops_.begin(), loops_.end(),
                                  [&](const auto& each) { return each.get() == *found; }) -
                     loops_.begin();
  const auto kind = is_hidden ? socket_census::kind::hidden_actor : socket_census::kind::actor;
  return std::unique_ptr<loop_seat>(
      std::make_unique<seat_on_loop>((*found)->home(), static_cast<std::size_t>(index),
                                     census_->add(kind, "an actor"), busy_reports_));
}

// -- opening ------------------------------------------------------------------

caf::expected<socket_actor> runtime_core::open(family f, const open_options& options) {
  const auto where = locate_all(f, options);
  if (!where.ok()) return to_error(where.status());
  auto sock = open_without_names(f, options, *where);
  if (!sock) return sock;
  if (where->bind_waits()) command(*sock, bind{*options.local, options.replace_stale_path});
  if (where->connect_waits()) command(*sock, connect{*options.peer});
  return sock;
}

caf::expected<socket_actor> runtime_core::open_without_names(family f, const open_options& options,
                                                             const open_addresses& where) {
  if (auto status = check(options); !status.ok()) return to_error(status);
  const std::shared_lock<std::shared_mutex> guard(gate_);
  if (closed_) return to_error(closed_failure(open_socket::operation, to_string(f)));
  const auto place = place_socket(options);
  auto opened = place.ok() ? open_socket_for(f, options, where, *kernel_) : place.status();
  if (!opened.ok()) {
    ++refused_;
    return to_error(opened.status());
  }
  return host<caf::hidden>(**place, *std::move(opened), options, {});
}

absl::StatusOr<std::vector<opened_socket>> runtime_core::open_on_each_loop(
    const char* operation, family f, const open_options& options) {
  const auto where = locate_all(f, options);
  if (!where.ok()) return where.status();
  if (!is_udp(f) || where->bind_waits() || where->connect_waits()) {
    const auto& named = where->connect_waits() ? options.peer : options.local;
    return failure(errc::invalid_address, operation, named ? named->to_string() : to_string(f),
                   "a group needs UDP addresses in numbers");
  }
  if (auto status = check(options); !status.ok()) return status;
  if (closed_) return closed_failure(operation, to_string(f));
  auto opened = open_sockets_for(f, options, *where, *kernel_, loops_.size());
  if (!opened.ok()) ++refused_;
  return opened;
}

caf::expected<socket_actor> runtime_core::open_group(family f, const open_options& options) {
  constexpr const char* operation = dgram::open_group::operation;
  if (options.credits != subscribe::unlimited || options.beyond != excess::pause) {
    return to_error(no_shared_credits(operation));
  }
  const std::shared_lock<std::shared_mutex> guard(gate_);
  auto opened = open_on_each_loop(operation, f, options);
  if (!opened.ok()) return to_error(opened.status());
  const auto local = opened->front().descriptor.local_endpoint();
  if (!local.ok()) return to_error(local.status());
  // All members exist before the first message starts any of them.
  constexpr auto later = caf::hidden + caf::lazy_init;
  const auto ending = std::make_shared<group_ending>(loops_.size() + 1);
  auto group = spawn_own<socket_group, later>(
      system_, nullptr, listener_of(options), owner_of(options), ending,
      census_->add(socket_census::kind::group, local->to_string()));
  const auto speaker = caf::actor_cast<caf::strong_actor_ptr>(group);
  std::vector<socket_actor> members;
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    members.push_back(host<later>(*loops_[i], std::move((*opened)[i]), options,
                                  {speaker, static_cast<std::uint32_t>(i), ending}));
  }
  auto& actor = dynamic_cast<socket_group&>(*caf::actor_cast<caf::abstract_actor*>(group));
  actor.adopt(members, *local);
  start_lazy(speaker);
  for (const auto& member : members) start_lazy(caf::actor_cast<caf::strong_actor_ptr>(member));
  return socket_actor(group);
}

caf::expected<unserved_sockets> runtime_core::open_unserved(family f, const open_options& options,
                                                            bool is_hidden) {
  constexpr const char* operation = "serve_group";
  if (options.listener || options.owner) {
    return to_error(failure(errc::unsupported, operation, options.listener ? "listener" : "owner",
                            "each socket has its worker as listener and owner"));
  }
  const std::shared_lock<std::shared_mutex> guard(gate_);
  auto opened = open_on_each_loop(operation, f, options);
  if (!opened.ok()) return to_error(opened.status());
  auto with = options;
  // A hidden actor ends only once the end of the network asks it to, and its socket with it.
  if (!with.referenced) with.referenced = !is_hidden;
  unserved_sockets result;
  result.reserve(loops_.size());
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    auto held = std::make_shared<held_start>(system_, loops_[i]->home());
    auto waiting = std::make_unique<held_socket>(held);
    waiting->take(host<caf::hidden>(*loops_[i], std::move((*opened)[i]), with, {}, held));
    result.push_back(std::move(waiting));
  }
  return result;
}

template <caf::spawn_options Options>
socket_actor runtime_core::host(loop& where, opened_socket opened, const open_options& options,
                                membership_of_group in, std::shared_ptr<held_start> held) {
  const auto kind =
      is_referenced(options) ? socket_census::kind::referenced : socket_census::kind::unreferenced;
  auto entry = census_->add(kind, name_of(opened));
  auto refused = std::move(opened.refused);
  ++where.sockets();
  // A member ends with its group, which has the owner.
  auto owner = in.group ? any_actor() : owner_of(options);
  actor_runner* runs_on = &where;
  if (held) runs_on = held.get();
  return spawn_own<hosted_socket, Options>(
      system_, runs_on, std::move(opened),
      hosted_socket_setup{
          where,
          where.inbox(),
          std::move(entry),
          listener_of(options),
          std::move(owner),
          options.receive_offload,
          {options.receive_memory.value_or(options_.receive_memory), options.receive_block_list},
          options.send_limits.value_or(options_.send_limits),
          options.send_rate,
          {resolver_, options_.resolve_timeout, options_.max_waiting_for_names},
          options_.linger,
          options.remote_unacknowledged.value_or(options_.remote_unacknowledged),
          std::move(in.group),
          in.index,
          std::move(in.ending),
          std::move(refused),
          std::move(held)});
}

// -- counting -----------------------------------------------------------------

runtime_statistics runtime_core::get_statistics() const {
  const std::shared_lock<std::shared_mutex> guard(gate_);
  runtime_statistics result{census_->opened(), census_->open(), refused_, {}};
  for (const auto& each : loops_) result.loops.push_back(each->count());
  return result;
}

// -- the end ------------------------------------------------------------------

void runtime_core::shutdown() {
  {
    const std::unique_lock<std::shared_mutex> guard(gate_);
    closed_ = true;
  }
  // Actors first: what they send last is accepted before their sockets close.
  census_->shut_down();
  const std::unique_lock<std::shared_mutex> guard(gate_);
  for (const auto& each : loops_) each->shut_down();
}

bool runtime_core::may_wait() const {
  if (is_loop_thread()) return false;
  if (made_by_ == std::this_thread::get_id()) return !is_scheduler_thread(system_);
  return !is_known_to_caf();
}

void runtime_core::on_last_handle() {
  {
    const std::unique_lock<std::shared_mutex> guard(gate_);
    closed_ = true;
    // The actor system has ended: nothing is left to wait for, and no actor can wait.
    if (loops_.empty()) return;
  }
  if (may_wait()) return finish(actors_to_wait_for::own);
  // Not hidden: the actor system's end waits for it.
  system_.spawn<caf::detached>(
      [self = shared_from_this()](caf::blocking_actor*) { self->finish(actors_to_wait_for::own); });
}

void runtime_core::finish(actors_to_wait_for waited_for) {
  const std::lock_guard<std::mutex> finishing(finishing_);
  if (std::exchange(finished_, true)) return;
  {
    const std::unique_lock<std::shared_mutex> guard(gate_);
    closed_ = true;
  }
  census_->await_none_referenced(options_.report_waiting_after, report_waiting);
  shutdown();
  if (waited_for == actors_to_wait_for::own) {
    census_->await_none(options_.report_waiting_after, report_waiting);
  }
  std::vector<std::unique_ptr<loop>> ending;
  std::unique_ptr<run_alarm> alarm;
  std::vector<caf::actor> own_actors;
  {
    const std::unique_lock<std::shared_mutex> guard(gate_);
    ending.swap(loops_);
    alarm.swap(alarm_);
    own_actors.swap(own_actors_);
    resolver_ = nullptr;
    opener_ = nullptr;
  }
  ending.clear();
  system_end_->stop();
  // While the actor system ends, its scheduler may take no more work: its actors end
  // here, for nobody has a handle to them any more.
  if (waited_for == actors_to_wait_for::none) return;
  caf::scoped_actor self{system_, true};
  for (const auto& each : own_actors) self->send_exit(each, caf::exit_reason::user_shutdown);
  for (const auto& each : own_actors) self->wait_for(each);
}

}  // namespace dgram
