#include "caf_dgram/actors/socket/hosted_socket.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/after_end.h"
#include "caf_dgram/actors/socket/option_commands.h"

namespace dgram {
namespace {

caf::error unexpected(const char* what) {
  return caf::make_error(caf::sec::runtime_error, std::string(what));
}

}  // namespace

hosted_socket::hosted_socket(caf::actor_config& config, opened_socket opened,
                             hosted_socket_setup setup)
    : ending<own_actor<hosted_actor::base>>(config),
      setup_(std::move(setup)),
      socket_(std::move(opened.descriptor)),
      addresses_(socket_, opened, setup_.census),
      watches_(*this, setup_.host.home()->deaths()),
      subscribers_(*this, watches_),
      errors_(subscribers_, this),
      outbox_(*this, subscribers_, errors_, socket_, setup_.send_limits, setup_.send_rate),
      intake_(*this, subscribers_, errors_, socket_, setup_.receive_limits,
              [inbox = setup_.inbox] { inbox->nudge(); }),
      names_(*this, socket_.family(), std::move(setup_.names)),
      sends_(*this, socket_, addresses_, outbox_, names_) {
  subscribers_.live_on(home());
  subscribers_.speak_as(setup_.group);
  subscribers_.limit_remote(setup_.remote_unacknowledged, setup_.member);
}

void hosted_socket::take_in(caf::mailbox_element_ptr element, actor_runner*) {
  element = read_acknowledgement(std::move(element));
  // After the end, `push_or_answer` refuses the element with `closed`.
  if (!mailbox().closed()) element = outbox_.admit(std::move(element));
  if (!element) return;
  // Pushed to the inbox, which outlives the loop: socket and loop may end meanwhile.
  if (push_or_answer(*this, std::move(element))) setup_.inbox->push(job::sharing(*this));
}

hosted_socket::behavior_type hosted_socket::make_behavior() {
  setup_.meet_worker();
  watches_.on_end([this](const caf::actor_addr& who, const caf::error&) {
    subscribers_.remove_dead(who);
    intake_.on_subscribers_changed();
    if (setup_.owner && setup_.owner.handle().address() == who) on_shutdown();
  });
  if (setup_.listener.subscriber) subscribers_.add(std::exchange(setup_.listener, {}));
  for (const auto& why : std::exchange(setup_.refused_memberships, {})) {
    errors_.publish(why, {add_membership::operation, {}});
  }
  if (setup_.owner) watches_.watch(setup_.owner);
  const auto attached =
      setup_.host.attach(*this, caf::strong_actor_ptr(ctrl()), socket_.descriptor());
  if (!attached.ok()) {
    errors_.publish(attached, {"open", {}});
    quit(to_error(attached));
  }
  intake_.prepare(setup_.receive_offload);
  if (addresses_.peer()) intake_.hear_only(*addresses_.peer());
  intake_.on_subscribers_changed();
  if (!setup_.group) addresses_.publish_to(subscribers_);
  return handle_all(hosted_commands{});
}

// -- handling commands --------------------------------------------------------

template <class... Commands>
hosted_socket::behavior_type hosted_socket::handle_all(message_list<Commands...>) {
  // A subscriber that does not handle an event answers with an error, which by default
  // would end this actor.
  return quiet_behavior<behavior_type>(
      *this, [this](Commands& command) { return handle(command); }...,
      [this](const event_acknowledged& event) {
        subscribers_.acknowledge(event.which.number);
        intake_.consider_reading();
      },
      [this](const watched_ended& event) { watches_.handle(event); });
}

template <class Command>
caf::result<typename Command::answer> hosted_socket::handle(Command& command) {
  using answer = typename Command::answer;
  if constexpr (std::is_same_v<Command, dgram::send>) {
    if (!current_message_id().is_request() && commands_are_next() && sends_.is_plain(command)) {
      outbox_.leave_mailbox(outbox::size_in_mailbox(command));
      sends_.perform_plain(command);
      return reply<answer>::deferred();
    }
  }
  // What it takes is charged to no actor that it may call.
  setup_.host.home()->watch()->interrupt();
  auto owed = reply<answer>::owed_by(*this);
  if constexpr (std::is_same_v<Command, close>) start_linger_time();
  if (commands_wait() || !held_.empty()) {
    held_.push(std::move(command), std::move(owed),
               [this](Command& next, reply<answer> its) { perform_or_refuse(next, its); });
  } else {
    perform_or_refuse(command, std::move(owed));
  }
  return reply<answer>::deferred();
}

template <class Command>
void hosted_socket::perform_or_refuse(Command& command, reply<typename Command::answer> owed) {
  if (const auto size = outbox::size_in_mailbox(command); size > 0) outbox_.leave_mailbox(size);
  // A further close is performed, so that it is answered together with the first.
  if (closing_ && !std::is_same_v<Command, close>) {
    const auto why = closed_failure(Command::operation);
    if constexpr (std::is_same_v<Command, dgram::send>) {
      return outbox_.refuse_late(owed, why, Command::operation, 1);
    } else if constexpr (std::is_same_v<Command, send_batch>) {
      return outbox_.refuse_late(owed, why, Command::operation, command.datagrams.size());
    } else {
      return errors_.fail(owed, why, failed(command));
    }
  }
  auto spare = owed;
  try {
    perform(command, std::move(owed));
  } catch (const std::exception& e) {
    // The exception ends the socket; the sender still gets an answer.
    spare.fail(unexpected(e.what()));
    throw;
  }
}

void hosted_socket::perform_held() {
  while (!held_.empty() && !commands_wait() && !has_ended()) held_.run_next();
}

void hosted_socket::perform(get_local_address& command, reply<endpoint> owed) {
  errors_.settle(owed, socket_.local_endpoint(), failed(command));
}

void hosted_socket::perform(get_remote_address& command, reply<endpoint> owed) {
  errors_.settle(owed, socket_.remote_endpoint(), failed(command));
}

void hosted_socket::perform(close&, reply<void> owed) {
  close_replies_.push_back(std::move(owed));
  begin_close();
}

void hosted_socket::perform(get_option& command, reply<option_value> owed) {
  errors_.settle(owed, socket_.get(command.id), failed(command));
}

template <class Command>
void hosted_socket::perform(Command& command, reply<void> owed) {
  const auto& [id, value] = in_full(command);
  // Datagrams accepted earlier leave with the old value.
  outbox_.flush();
  errors_.settle(owed, socket_.set(id, value), failed(command));
}

void hosted_socket::perform(add_membership& command, reply<membership> owed) {
  errors_.settle(owed, addresses_.join(command), failed(command));
}

void hosted_socket::perform(drop_membership& command, reply<membership> owed) {
  errors_.settle(owed, addresses_.leave(command), failed(command));
}

void hosted_socket::perform(subscribe_through& command, reply<void> owed) {
  const auto status = subscribers_.admit(command.terms, command.speaker);
  intake_.on_subscribers_changed();
  errors_.settle(owed, status, failed(command));
}

void hosted_socket::perform(unsubscribe& command, reply<void> owed) {
  subscribers_.remove(command.subscriber);
  intake_.on_subscribers_changed();
  owed.deliver();
}

void hosted_socket::perform(grant& command, reply<void> owed) {
  const auto status = subscribers_.admit(command);
  intake_.consider_reading();
  errors_.settle(owed, status, failed(command));
}

void hosted_socket::perform(get_statistics&, reply<statistics> owed) {
  // Without an answer, `take_in` reminds of refusals.
  outbox_.report_room_in_mailbox();
  if (!owed.is_owed()) return;
  auto total = count();
  total.subscribers = subscribers_.count();
  owed.deliver(std::move(total));
}

statistics hosted_socket::count() {
  statistics total;
  intake_.count_into(total);
  outbox_.count_into(total);
  for (const auto& [error, count] : errors_.counts()) total.errors.push_back({error, count});
  total.lost = subscribers_.lost();
  return total;
}

// -- addresses ----------------------------------------------------------------

template <class Command, class Perform>
void hosted_socket::perform_at(const absl::StatusOr<located>& where, Command& command,
                               reply<endpoint> owed, Perform perform) {
  if (!where.ok()) return errors_.fail(owed, where.status(), failed(command));
  if (where->name.empty()) return errors_.settle(owed, perform(where->where), failed(command));
  names_.for_command(Command::operation, *where,
                     [this, command, owed, perform](absl::StatusOr<endpoint> at) mutable {
                       if (at.ok()) at = perform(*at);
                       errors_.settle(owed, std::move(at), failed(command));
                       perform_held();
                     });
}

void hosted_socket::perform(bind& command, reply<endpoint> owed) {
  perform_at(addresses_.local_of(command), command, std::move(owed),
             [this, replace = command.replace_stale_path](const endpoint& local) {
               return addresses_.bind(local, replace);
             });
}

void hosted_socket::perform(connect& command, reply<endpoint> owed) {
  perform_at(addresses_.peer_of(command), command, std::move(owed),
             [this](const endpoint& peer) { return connect_to(peer); });
}

absl::StatusOr<endpoint> hosted_socket::connect_to(const endpoint& peer) {
  outbox_.flush();
  outbox_.forget_peer();
  return addresses_.connect(peer, [this](const endpoint& connected) {
    // What others had sent before comes before the connect, or not at all.
    read_all();
    if (!intake_.is_drained()) intake_.hear_only(connected);
  });
}

void hosted_socket::perform(disconnect& command, reply<void> owed) {
  errors_.settle(owed, drop_peer(), failed(command));
}

absl::Status hosted_socket::drop_peer() {
  if (!addresses_.is_connected()) {
    return failure(errc::not_connected, disconnect::operation, "", "the socket is not connected");
  }
  outbox_.flush();
  // The flush may have found that the peer has closed.
  if (!addresses_.is_connected()) return absl::OkStatus();
  outbox_.address_to(*addresses_.peer());
  // Linux drops what a Unix socket has not read when its peer changes.
  read_all();
  if (!is_udp(socket_.family()) && !intake_.is_drained()) intake_.report_unknown_drops();
  intake_.hear_anyone();
  return addresses_.disconnect();
}

// -- sending ------------------------------------------------------------------

// Nothing but the queue may change under a neighbour, which may be handling an event of this
// socket's: no flush, no end, no implicit bind.
bool hosted_socket::takes_at_once(std::size_t datagrams, std::size_t bytes) {
  return setup_.inbox->is_this_thread() && mailbox().blocked() && !reads_ahead_ &&
         !addresses_.needs_bind() && commands_are_next() && outbox_.has_room(datagrams, bytes);
}

bool hosted_socket::perform_at_once(dgram::send& command) {
  if (!takes_at_once(1, command.data.size()) || !sends_.is_plain(command)) return false;
  sends_.perform_plain(command);
  return true;
}

bool hosted_socket::perform_at_once(send_batch& command) {
  if (!takes_at_once(command.datagrams.size(), command.datagrams.bytes())) return false;
  sends_.perform(command, {});
  return true;
}

// -- for the parts ------------------------------------------------------------

void hosted_socket::watch_changed() {
  const auto status =
      setup_.host.watch(*this, !intake_.is_paused(), outbox_.is_watching_writable());
  if (status.ok()) return;
  errors_.publish(status, {"watch", {}});
  end(to_error(status));
}

void hosted_socket::deadline_changed() {
  if (has_ended()) return;
  constexpr auto never = clock::time_point::max();
  const auto next =
      std::min({outbox_.retry_at().value_or(never), intake_.next_check().value_or(never),
                errors_.next_report().value_or(never), linger_until_.value_or(never)});
  if (next == never) return setup_.host.cancel_deadline(*this);
  setup_.host.set_deadline(*this, next);
}

void hosted_socket::before_sending() {
  // Linux drops what waits to be read when a send finds that the peer has closed.
  if (is_udp(socket_.family()) || !addresses_.is_connected()) return;
  reads_ahead_ = true;
  intake_.read_ahead(setup_.host.receiving(), setup_.host.received());
  reads_ahead_ = false;
}

void hosted_socket::peer_may_be_gone() {
  if (!addresses_.notice_lost_peer()) return;
  if (!intake_.is_drained()) intake_.report_unknown_drops();
  intake_.hear_anyone();
}

void hosted_socket::count_traffic(std::size_t datagrams) {
  // A Unix socket's queue in the kernel holds ten datagrams by default
  // (net.unix.max_dgram_qlen): little can pile up there while a loop sleeps.
  setup_.host.count_traffic(datagrams, is_udp(socket_.family()));
}

// -- called by the loop -------------------------------------------------------

void hosted_socket::on_ready(bool readable, bool writable) {
  if (writable) on_flush();
  if (readable && !has_ended()) {
    intake_.on_readable(setup_.host.receiving(), setup_.host.received());
  }
}

void hosted_socket::on_flush() {
  outbox_.on_due();
  perform_held();
  end_if_flushed();
}

void hosted_socket::on_deadline() {
  const auto now = clock::now();
  const auto is_due = [now](const auto& when) { return when && now >= *when; };
  if (is_due(linger_until_)) return end({});
  if (is_due(intake_.next_check())) intake_.check_drops();
  if (is_due(errors_.next_report())) errors_.report_withheld();
  if (is_due(outbox_.retry_at())) on_flush();
  deadline_changed();
}

void hosted_socket::on_shutdown() {
  // Takes its turn after the messages that are in the mailbox already.
  take_in(make_element(nullptr, caf::make_message_id(), close{}), context());
}

void hosted_socket::on_exception(std::exception_ptr what) {
  try {
    std::rethrow_exception(what);
  } catch (const std::exception& e) {
    end(unexpected(e.what()));
  } catch (...) {
    end(unexpected("unknown exception"));
  }
}

// -- the end ------------------------------------------------------------------

void hosted_socket::start_linger_time() {
  if (linger_until_) return;
  linger_until_ = clock::now() + setup_.linger;
  deadline_changed();
}

void hosted_socket::begin_close() {
  start_linger_time();
  if (!std::exchange(closing_, true)) setup_.host.flush_later(*this);
}

void hosted_socket::end_if_flushed() {
  if (closing_ && !has_ended() && outbox_.empty() && names_.empty()) end({});
}

void hosted_socket::end(caf::error reason) {
  if (has_ended()) return;
  quit(std::move(reason));
  finalize();
}

void hosted_socket::on_end(const caf::error& reason) {
  closing_ = true;
  names_.abandon();
  while (!held_.empty()) held_.run_next();
  outbox_.finish();
  intake_.finish();
  setup_.host.detach(*this);
  socket_.close();
  for (auto& owed : std::exchange(close_replies_, {})) owed.deliver();
  const auto unsent = refuse_mailbox(*this, errors_);
  errors_.report_withheld(true);
  subscribers_.finish();
  auto counted = count();
  counted.unsent += unsent;
  if (!setup_.ending) {
    subscribers_.publish(close_event{reason, std::move(counted)});
  } else if (auto last = setup_.ending->leave(reason, counted)) {
    subscribers_.publish(*std::move(last));
  }
  subscribers_.remove_all();
  watches_.forget_all();
  // A handle to this actor may outlive the actor system: it holds no others.
  setup_.group = nullptr;
  setup_.owner = nullptr;
  --setup_.host.sockets();
  // Last, since the runtime may end from here on.
  setup_.census = {};
}

}  // namespace dgram
