#include "caf_dgram/actors/socket/hosted_socket.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/after_end.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;

/// Full batches read before the mailbox gets its turn again.
constexpr int max_reads = 4;

/// How long to wait before a full device queue or Unix peer is tried again;
/// doubled up to the limit while nothing gets through.
constexpr milliseconds first_retry{1};
constexpr milliseconds longest_retry{32};

/// Errors that others cause are told so often.
constexpr std::int64_t error_burst = 10;
constexpr milliseconds error_interval{100};

/// Drops of the kernel are looked for and told so often, while the socket does not
/// read after ever longer times.
constexpr milliseconds drop_interval{100};
constexpr milliseconds longest_drop_interval{3'600'000};

std::string quoted(const located& where) { return absl::StrCat("\"", where.name, "\""); }

absl::Status not_resolved(const char* operation, const located& where, const caf::error& why) {
  return failure(
      errc::name_not_resolved, operation, quoted(where),
      why == caf::sec::request_timeout ? "the resolver did not answer in time" : describe(why));
}

caf::error unexpected(const char* what) {
  return caf::make_error(caf::sec::runtime_error, std::string(what));
}

absl::Status check_terms(const subscribe& command) {
  const auto wrong = [](absl::string_view value, absl::string_view cause) {
    return failure(errc::out_of_range, subscribe::operation, value, cause);
  };
  if (!command.subscriber) {
    return failure(errc::invalid_subscriber, subscribe::operation, "", "no actor given");
  }
  if (command.credits < 0 && command.credits != subscribe::unlimited) {
    return wrong(absl::StrCat("with ", command.credits, " credits"), "at least 0");
  }
  if (command.backlog < 0) {
    return wrong(absl::StrCat("with a backlog of ", command.backlog), "at least 0");
  }
  if (command.datagrams > delivery::batched) {
    return wrong(absl::StrCat("with delivery ", static_cast<int>(command.datagrams)),
                 "no such kind");
  }
  if (command.beyond > excess::lose_oldest) {
    return wrong(absl::StrCat("with excess ", static_cast<int>(command.beyond)), "no such kind");
  }
  return absl::OkStatus();
}

/// Bytes that a message takes in the mailbox, for what is to be sent.
std::size_t size_in_mailbox(const dgram::send& command) {
  auto size = sizeof(caf::mailbox_element_vals<dgram::send>) + command.data.size();
  for (const auto& part : command.buffers) size += sizeof(part) + part.size();
  return size;
}
std::size_t size_in_mailbox(const send_batch& command) {
  return sizeof(caf::mailbox_element_vals<send_batch>) + command.datagrams.bytes() +
         command.datagrams.runs().size() * sizeof(datagram_run);
}

/// Others are not counted: their senders have no reason to hurry.
template <class Command>
std::size_t size_in_mailbox(const Command&) {
  return 0;
}

/// The mailbox may hold as much as the queue, but messages are larger than what
/// they become there, and a few always fit.
std::size_t mailbox_limit(const send_queue_limits& limits) {
  constexpr std::size_t lowest = std::size_t{1} << 20;
  // Far below what a sum of such numbers could overflow.
  constexpr auto highest = std::numeric_limits<std::size_t>::max() / 4;
  constexpr auto message = sizeof(caf::mailbox_element_vals<dgram::send>);
  const auto messages = std::min(limits.datagrams, highest / message) * message;
  return std::max(std::min(limits.bytes, highest) + messages, lowest);
}

std::string destination(const outgoing& what) {
  return what.to ? absl::StrCat("to ", what.to->to_string()) : "to the connected peer";
}

}  // namespace

hosted_socket::hosted_socket(caf::actor_config& config, dgram::socket descriptor,
                             hosted_socket_setup setup)
    : socket_actor::base(config),
      setup_(std::move(setup)),
      inbox_(setup_.host.inbox()),
      socket_(std::move(descriptor)),
      subscribers_(*this),
      queue_(*this, setup_.options.send_limits),
      budget_(error_burst, error_interval),
      mailbox_budget_(mailbox_limit(setup_.options.send_limits)),
      account_(std::make_shared<memory_account>(setup_.options.receive_memory,
                                                [inbox = inbox_] { inbox->nudge(); })),
      drop_pace_(drop_interval),
      alone_(setup_.group == nullptr),
      bound_(!alone_),
      retry_delay_(first_retry) {
  subscribers_.speak_as(std::move(setup_.group));
  subscribers_.receive_on(account_);
  terms_.blocked = setup_.options.receive_block_list.get();
}

hosted_socket::~hosted_socket() = default;

void hosted_socket::enqueue(caf::mailbox_element_ptr element, actor_runner*) {
  const auto& content = element->content();
  if (content.match_elements<dgram::send>()) {
    if (!admit(*element, content.get_as<dgram::send>(0), 1)) return;
  } else if (content.match_elements<send_batch>()) {
    const auto& command = content.get_as<send_batch>(0);
    if (!admit(*element, command, command.datagrams.size())) return;
  }
  if (!push_or_answer(*this, std::move(element))) return;
  caf::intrusive_ptr_add_ref(ctrl());
  // Not through the loop: the socket, and with it the loop, may end meanwhile.
  inbox_->push(this);
}

template <class Command>
bool hosted_socket::admit(const caf::mailbox_element& element, const Command& command,
                          std::size_t datagrams) {
  // After the end it is refused for another reason.
  if (mailbox().closed()) return true;
  const bool is_request = element.mid.is_request() && element.sender;
  if (mailbox_budget_.admit(size_in_mailbox(command), datagrams, is_request)) return true;
  if (is_request) {
    auto why = to_error(
        failure(errc::queue_full, Command::operation, "",
                absl::StrCat(mailbox_budget_.waiting(), " bytes wait in the socket's mailbox")));
    element.sender->enqueue(nullptr, element.mid.response_id(), caf::make_message(std::move(why)),
                            nullptr);
  }
  return false;
}

hosted_socket::behavior_type hosted_socket::make_behavior() {
  set_default_handler(caf::drop);
  // A subscriber that does not handle an event answers it with an error, which
  // would end an actor by default.
  set_error_handler([](const caf::error&) {});
  set_down_handler([this](const caf::down_msg& down) {
    subscribers_.remove_dead(down.source);
    on_subscribers_changed();
  });
  if (setup_.options.listener) {
    subscribers_.add({std::exchange(setup_.options.listener, nullptr), setup_.options.datagrams});
  }
  if (is_udp(socket_.family())) {
    // A kernel without it delivers datagram by datagram.
    if (setup_.options.receive_offload) socket_.set(option::receive_offload, true).IgnoreError();
    // Where it cannot tell at once, it is asked now and then.
    socket_.set(option::report_drops, true).IgnoreError();
  }
  on_subscribers_changed();
  if (auto status = setup_.host.attach(*this, caf::strong_actor_ptr(ctrl()), socket_.descriptor());
      !status.ok()) {
    subscribers_.publish(error_event{to_error(status)});
    quit(to_error(status));
  }
  // CAF tries them in this order.
  return {
      [this](dgram::send& command) -> caf::result<std::uint64_t> {
        if (const auto size = size_in_mailbox(command); send_at_once(command)) {
          leave_mailbox(size);
          return caf::delegated<std::uint64_t>{};
        }
        return handle<std::uint64_t>(command,
                                     [&](auto owed) { do_send(command, std::move(owed)); });
      },
      [this](send_batch& command) {
        return handle<batch_result>(command,
                                    [&](auto owed) { do_send_batch(command, std::move(owed)); });
      },
      [this](const bind& command) {
        return handle<endpoint>(command, [&](auto owed) { do_bind(command, std::move(owed)); });
      },
      [this](const connect& command) {
        return handle<endpoint>(command, [&](auto owed) { do_connect(command, std::move(owed)); });
      },
      [this](const disconnect& command) {
        return handle_at_once<void>(command, [&] { return do_disconnect(); });
      },
      [this](const get_local_address& command) {
        return handle_at_once<endpoint>(command, [&] { return socket_.local_endpoint(); });
      },
      [this](const get_remote_address& command) {
        return handle_at_once<endpoint>(command, [&] { return socket_.remote_endpoint(); });
      },
      [this](const close&) -> caf::result<void> {
        start_linger_time();
        if (must_wait()) return caf::skip;
        // A further close while the first is under way is answered with it.
        close_replies_.push_back(reply<void>::owed_by(*this));
        begin_close();
        return reply<void>::deferred();
      },
      [this](const set_option& command) {
        return handle_at_once<void>(command, [&] { return set(command.id, command.value); });
      },
      [this](const get_option& command) {
        return handle_at_once<option_value>(command, [&] { return socket_.get(command.id); });
      },
      [this](const set_broadcast& command) {
        return handle_at_once<void>(command,
                                    [&] { return set(option::broadcast, command.enabled); });
      },
      [this](const set_ttl& command) {
        return handle_at_once<void>(command, [&] { return set(option::ttl, command.ttl); });
      },
      [this](const set_multicast_ttl& command) {
        return handle_at_once<void>(command,
                                    [&] { return set(option::multicast_ttl, command.ttl); });
      },
      [this](const set_multicast_loopback& command) {
        return handle_at_once<void>(
            command, [&] { return set(option::multicast_loopback, command.enabled); });
      },
      [this](const set_multicast_interface& command) {
        return handle_at_once<void>(
            command, [&] { return set(option::multicast_interface, command.interface); });
      },
      [this](const add_membership& command) {
        return handle_at_once<membership>(command, [&]() -> absl::StatusOr<membership> {
          auto group = parse_group(add_membership::operation, command.group, socket_.family());
          if (!group.ok()) return group.status();
          auto joined = memberships_.add(socket_, *group, command.interface);
          if (!joined.ok()) return joined.status();
          return membership{*std::move(joined)};
        });
      },
      [this](const drop_membership& command) {
        return handle_at_once<membership>(command, [&]() -> absl::StatusOr<membership> {
          auto group = parse_group(drop_membership::operation, command.group, socket_.family());
          if (!group.ok()) return group.status();
          auto left = memberships_.drop(socket_, *group, command.interface);
          if (!left.ok()) return left.status();
          return membership{*std::move(left)};
        });
      },
      [this](const subscribe& command) {
        return handle_at_once<void>(command, [&] {
          auto status = check_terms(command);
          if (status.ok()) {
            subscribers_.add(command);
            on_subscribers_changed();
          }
          return status;
        });
      },
      [this](const grant& command) {
        return handle_at_once<void>(command, [&] {
          if (command.credits < 1) {
            return failure(errc::out_of_range, grant::operation, absl::StrCat(command.credits),
                           "at least 1");
          }
          if (!subscribers_.grant(command.subscriber, command.credits)) {
            return failure(errc::invalid_subscriber, grant::operation,
                           absl::StrCat(command.credits), "to an actor that has not subscribed");
          }
          consider_reading();
          return absl::OkStatus();
        });
      },
      [this](const unsubscribe& command) {
        return handle_at_once<void>(command, [&] {
          subscribers_.remove(command.subscriber);
          on_subscribers_changed();
          return absl::OkStatus();
        });
      },
      [this](const get_statistics& command) {
        return handle_at_once<statistics>(command, [&] {
          // Sent asynchronously it has no answer to be worked out.
          if (!current_message_id().is_request()) return absl::StatusOr<statistics>(statistics{});
          read_drops();
          tell_refused_early();
          return absl::StatusOr<statistics>(count());
        });
      },
  };
}

// -- answering ----------------------------------------------------------------

template <class Result, class Command, class Action>
caf::result<Result> hosted_socket::handle(Command& command, Action action) {
  if (must_wait()) return caf::skip;
  if (const auto size = size_in_mailbox(command); size > 0) leave_mailbox(size);
  auto owed = reply<Result>::owed_by(*this);
  if (closing_) {
    fail(owed, closed_failure(Command::operation));
    return reply<Result>::deferred();
  }
  auto spare = owed;
  try {
    action(std::move(owed));
  } catch (const std::exception& e) {
    // The socket ends by it, but the sender is not left without an answer.
    spare.fail(unexpected(e.what()));
    throw;
  }
  return reply<Result>::deferred();
}

bool hosted_socket::must_wait() {
  // A skipped message of high priority would stay skipped: CAF looks at those
  // again only when another one of them was handled.
  return awaited_ && !closing_ && !current_message_id().is_urgent_message();
}

template <class Result, class Command, class Action>
caf::result<Result> hosted_socket::handle_at_once(Command& command, Action action) {
  return handle<Result>(command, [&](reply<Result> owed) { settle(owed, action()); });
}

template <class Result>
void hosted_socket::fail(reply<Result>& owed, const absl::Status& why) {
  if (owed.is_owed()) {
    owed.fail(to_error(why));
  } else {
    subscribers_.publish(error_event{to_error(why)});
  }
}

template <class Result>
void hosted_socket::settle(reply<Result>& owed, absl::StatusOr<Result> result) {
  if (result.ok()) {
    owed.deliver(*std::move(result));
  } else {
    fail(owed, result.status());
  }
}

void hosted_socket::settle(reply<void>& owed, const absl::Status& result) {
  if (result.ok()) {
    owed.deliver();
  } else {
    fail(owed, result);
  }
}

// -- addresses ----------------------------------------------------------------

void hosted_socket::do_bind(const bind& command, reply<endpoint> owed) {
  if (bound_) {
    return fail(owed, failure(errc::already_bound, bind::operation, command.local.to_string(),
                              "the socket is bound already"));
  }
  const auto where = locate(bind::operation, command.local, socket_.family(), address_role::local);
  if (!where.ok()) return fail(owed, where.status());
  if (where->name.empty()) {
    return settle(owed, bind_to(where->where, command.replace_stale_path));
  }
  await_address(bind::operation, *where, std::move(owed),
                [this](const endpoint& local) { return bind_to(local, false); });
}

absl::StatusOr<endpoint> hosted_socket::bind_to(const endpoint& local, bool replace_stale_path) {
  const auto status =
      replace_stale_path ? socket_.bind_replacing_stale_path(local) : socket_.bind(local);
  if (!status.ok()) return status;
  bound_ = true;
  auto actual = socket_.local_endpoint();
  if (actual.ok() && alone_) subscribers_.publish(listening_event{*actual});
  return actual;
}

absl::Status hosted_socket::bind_implicitly() {
  if (bound_ || !is_udp(socket_.family())) return absl::OkStatus();
  return bind_to(endpoint::wildcard(socket_.family()), false).status();
}

void hosted_socket::do_connect(const connect& command, reply<endpoint> owed) {
  if (connected_) {
    return fail(owed, failure(errc::already_connected, connect::operation, command.peer.to_string(),
                              "the socket is connected already"));
  }
  const auto where =
      locate(connect::operation, command.peer, socket_.family(), address_role::destination);
  if (!where.ok()) return fail(owed, where.status());
  if (where->name.empty()) return settle(owed, connect_to(where->where));
  await_address(connect::operation, *where, std::move(owed),
                [this](const endpoint& peer) { return connect_to(peer); });
}

absl::StatusOr<endpoint> hosted_socket::connect_to(const endpoint& peer) {
  flush_queue();
  if (auto status = bind_implicitly(); !status.ok()) return status;
  if (auto status = socket_.connect(peer); !status.ok()) return status;
  connected_ = true;
  auto actual = socket_.remote_endpoint();
  if (actual.ok() && alone_) subscribers_.publish(connect_event{*actual});
  return actual;
}

absl::Status hosted_socket::do_disconnect() {
  if (!connected_) {
    return failure(errc::not_connected, disconnect::operation, "", "the socket is not connected");
  }
  flush_queue();
  if (const auto peer = socket_.remote_endpoint(); peer.ok()) queue_.address_to(*peer);
  auto status = socket_.disconnect();
  check_peer();
  return status;
}

void hosted_socket::check_peer() { connected_ = connected_ && socket_.remote_endpoint().ok(); }

absl::Status hosted_socket::set(option id, const option_value& value) {
  // What was accepted before leaves with the old value.
  flush_queue();
  return socket_.set(id, value);
}

// -- host names ---------------------------------------------------------------

template <class Action>
void hosted_socket::await_address(const char* operation, const located& where, reply<endpoint> owed,
                                  Action action) {
  // Kept here and not in the handlers below, which CAF drops unanswered when
  // the actor ends.
  awaited_ = awaited_address{operation, quoted(where), std::move(owed)};
  const auto take = [this] {
    auto taken = std::move(awaited_->owed);
    awaited_.reset();
    return taken;
  };
  request(setup_.resolver, setup_.resolve_timeout, resolve{socket_.family(), where.name})
      .then(
          [this, operation, where, take, action](const resolved& found) {
            auto asked = take();
            auto address = pick(operation, where, found);
            settle(asked, address.ok() ? action(*address) : std::move(address));
          },
          [this, operation, where, take](const caf::error& why) {
            auto asked = take();
            fail(asked, not_resolved(operation, where, why));
          });
}

void hosted_socket::send_when_resolved(outgoing what, const located& where) {
  if (unresolved_.size() >= setup_.max_waiting_for_names) {
    return fail(
        what,
        failure(errc::queue_full, dgram::send::operation, absl::StrCat("to \"", where.name, "\""),
                absl::StrCat(unresolved_.size(), " sends wait for host names already")));
  }
  const auto key = next_unresolved_++;
  unresolved_.emplace(key, std::move(what));
  const auto take = [this, key] { return std::move(unresolved_.extract(key).mapped()); };
  request(setup_.resolver, setup_.resolve_timeout, resolve{socket_.family(), where.name})
      .then(
          [this, where, take](const resolved& found) {
            auto waiting = take();
            auto to = pick(dgram::send::operation, where, found);
            if (to.ok()) {
              waiting.to = *to;
              queue(std::move(waiting));
            } else {
              fail(waiting, to.status());
            }
            end_if_flushed();
          },
          [this, where, take](const caf::error& why) {
            auto waiting = take();
            fail(waiting, not_resolved(dgram::send::operation, where, why));
            end_if_flushed();
          });
}

absl::StatusOr<endpoint> hosted_socket::pick(const char* operation, const located& where,
                                             const resolved& found) const {
  for (const auto& address : found.addresses) {
    if (address.family() == socket_.family()) return address.with_port(where.where.port());
  }
  return failure(errc::name_not_resolved, operation, absl::StrCat("\"", where.name, "\""),
                 absl::StrCat("the resolver found no ", to_string(socket_.family()), " address"));
}

// -- sending ------------------------------------------------------------------

absl::Status hosted_socket::prepare(dgram::send& command) const {
  if (command.offset != 0 || command.length != dgram::send::whole) {
    const auto size = static_cast<std::int64_t>(command.data.size());
    const bool fits = command.buffers.empty() && command.offset >= 0 && command.offset <= size &&
                      command.length >= dgram::send::whole &&
                      command.length <= size - command.offset;
    if (!fits) {
      return failure(errc::out_of_range, dgram::send::operation,
                     absl::StrCat("offset ", command.offset, " length ", command.length),
                     absl::StrCat("must lie within the buffer's ", command.data.size(), " bytes"));
    }
    const auto length =
        command.length == dgram::send::whole ? size - command.offset : command.length;
    command.data = command.data.slice(static_cast<std::size_t>(command.offset),
                                      static_cast<std::size_t>(length));
  }
  if (command.buffers.size() > socket::max_buffers) {
    return failure(errc::out_of_range, dgram::send::operation,
                   absl::StrCat(command.buffers.size(), " buffers"),
                   absl::StrCat("at most ", socket::max_buffers, " make one datagram"));
  }
  std::size_t size = command.data.size();
  for (const auto& part : command.buffers) size += part.size();
  if (const auto limit = max_payload(socket_.family()); size > limit) {
    return failure(
        errc::payload_too_large, dgram::send::operation, absl::StrCat(size, " bytes"),
        absl::StrCat("a ", to_string(socket_.family()), " datagram holds at most ", limit));
  }
  return absl::OkStatus();
}

bool hosted_socket::send_at_once(dgram::send& command) {
  const auto* to = command.to.as_endpoint();
  const auto f = socket_.family();
  const bool goes_to_peer = connected_ && command.to.is_open();
  const bool goes_elsewhere =
      !connected_ && to != nullptr && bound_ && is_usable(*to, f, address_role::destination);
  const bool usual = !current_message_id().is_request() && !closing_ && !awaited_ &&
                     command.buffers.empty() && command.length == dgram::send::whole &&
                     command.offset == 0 && command.data.size() <= max_payload(f);
  if (!usual || !(goes_to_peer || goes_elsewhere)) return false;
  outgoing out{std::move(command.data), {}, 0, std::nullopt, {}};
  out.segment_size = out.data.size();
  if (to != nullptr) out.to = *to;
  queue(std::move(out));
  return true;
}

void hosted_socket::do_send(dgram::send& command, reply<std::uint64_t> owed) {
  if (auto status = prepare(command); !status.ok()) return fail(owed, status);
  const bool has_destination = !command.to.is_open();
  if (has_destination == connected_) {
    return fail(owed, connected_ ? failure(errc::already_connected, dgram::send::operation,
                                           absl::StrCat("to ", command.to.to_string()),
                                           "the socket is connected to another destination already")
                                 : failure(errc::not_connected, dgram::send::operation, "",
                                           "no destination given and the socket is not connected"));
  }
  auto out = outgoing::one(std::move(command.data), std::move(command.buffers), std::move(owed));
  if (!has_destination) return queue(std::move(out));
  const auto where =
      locate(dgram::send::operation, command.to, socket_.family(), address_role::destination);
  if (!where.ok()) return fail(out, where.status());
  if (auto status = bind_implicitly(); !status.ok()) return fail(out, status);
  if (!where->name.empty()) return send_when_resolved(std::move(out), *where);
  out.to = where->where;
  queue(std::move(out));
}

absl::Status hosted_socket::check(const datagram_run& run, const endpoint* to) const {
  const auto f = socket_.family();
  const auto value = [&] {
    return absl::StrCat(run.segment_size, " bytes", to != nullptr ? " to " : "",
                        to != nullptr ? to->to_string() : "");
  };
  if (connected_ != (to == nullptr)) {
    return connected_ ? failure(errc::already_connected, send_batch::operation, value(),
                                "the socket is connected to another destination already")
                      : failure(errc::not_connected, send_batch::operation, value(),
                                "no destination given and the socket is not connected");
  }
  if (to != nullptr && !is_usable(*to, f, address_role::destination)) {
    return locate(send_batch::operation, *to, f, address_role::destination).status();
  }
  if (run.segment_size > max_payload(f)) {
    return failure(errc::payload_too_large, send_batch::operation, value(),
                   absl::StrCat("a ", to_string(f), " datagram holds at most ", max_payload(f)));
  }
  return absl::OkStatus();
}

void hosted_socket::do_send_batch(send_batch& command, reply<batch_result> owed) {
  const auto& datagrams = command.datagrams;
  if (datagrams.empty()) return owed.deliver({});
  auto receipt = std::make_shared<batch_receipt>();
  receipt->owed = std::move(owed);
  receipt->outstanding = datagrams.size();
  if (auto status = bind_implicitly(); !status.ok()) {
    return refuse(*receipt, datagrams.size(), status);
  }
  const auto peer = connected_ ? socket_.remote_endpoint() : endpoint();
  for (const auto& run : datagrams.runs()) {
    const auto* to = datagrams.peer_of(run);
    // What came from the peer may go back to it.
    if (connected_ && to != nullptr && peer.ok() && *to == *peer) to = nullptr;
    if (const auto status = check(run, to); !status.ok()) {
      refuse(*receipt, run.count(), status);
      continue;
    }
    outgoing out{run.bytes, {}, run.segment_size, std::nullopt, receipt};
    if (to != nullptr) out.to = *to;
    queue(std::move(out));
  }
}

void hosted_socket::refuse(batch_receipt& receipt, std::size_t count, const absl::Status& why) {
  if (receipt.so_far.refused == 0) receipt.so_far.reason = to_error(why);
  receipt.so_far.refused += count;
  receipt.outstanding -= count;
  settle_if_done(receipt);
}

void hosted_socket::settle_if_done(batch_receipt& receipt) {
  if (receipt.outstanding > 0) return;
  if (receipt.owed.is_owed()) {
    receipt.owed.deliver(std::move(receipt.so_far));
  } else if (receipt.so_far.refused > 0) {
    subscribers_.publish(error_event{std::move(receipt.so_far.reason)});
  }
}

void hosted_socket::fail(outgoing& what, const absl::Status& why, std::size_t count) {
  if (auto* single = std::get_if<reply<std::uint64_t>>(&what.done)) return fail(*single, why);
  if (std::holds_alternative<std::monostate>(what.done)) {
    return subscribers_.publish(error_event{to_error(why)});
  }
  refuse(*std::get<std::shared_ptr<batch_receipt>>(what.done), count, why);
}

void hosted_socket::fail_all(outgoing& what, const absl::Status& why) {
  fail(what, why, what.count());
}

void hosted_socket::queue(outgoing what) {
  for (auto fitting = queue_.room_for(what); fitting < what.count();
       fitting = queue_.room_for(what)) {
    if (watching_writable_ || retry_at_) {
      refuse_excess(what, what.count() - fitting);
      if (fitting == 0) return;
      what.keep(fitting);
      break;
    }
    // The kernel may have room: usually it is asked once a turn.
    if (fitting > 0) queue_.push(what.take(fitting));
    flush_queue();
    if (ended_) return fail_all(what, closed_failure(send::operation));
  }
  queue_.push(std::move(what));
  // A full socket is flushed when the poller says that it has room again.
  if (watching_writable_ || std::exchange(flush_requested_, true)) return;
  setup_.host.flush_later(*this);
}

void hosted_socket::leave_mailbox(std::size_t size) {
  if (!mailbox_budget_.leave(size)) return;
  tell_refused_early();
  tell_drained();
}

void hosted_socket::tell_refused_early() {
  const auto refused = mailbox_budget_.take_refused();
  if (refused.datagrams == 0) return;
  refused_ += refused.datagrams;
  was_full_ = true;
  if (drop_unanswered(refused.untold)) {
    subscribers_.publish(error_event{to_error(
        failure(errc::queue_full, dgram::send::operation, "", "the socket's mailbox is full"))});
  }
}

bool hosted_socket::drop_unanswered(std::uint64_t datagrams) {
  const bool is_first = dropped_unanswered_ == 0;
  dropped_unanswered_ += datagrams;
  return is_first && datagrams > 0;
}

void hosted_socket::refuse_excess(outgoing& what, std::size_t count) {
  refused_ += count;
  const auto why = failure(errc::queue_full, dgram::send::operation, destination(what),
                           absl::StrCat(queue_.datagrams(), " datagrams with ", queue_.bytes(),
                                        " bytes wait to be sent"));
  was_full_ = true;
  if (auto* receipt = std::get_if<std::shared_ptr<batch_receipt>>(&what.done)) {
    if ((*receipt)->owed.is_owed() || drop_unanswered(count)) return refuse(**receipt, count, why);
    (*receipt)->outstanding -= count;
    return settle_if_done(**receipt);
  }
  // Of those that nobody waits for the first is told, and when there is room their
  // number.
  if (std::holds_alternative<std::monostate>(what.done) && !drop_unanswered(count)) return;
  fail(what, why);
}

void hosted_socket::tell_drained() {
  if (!was_full_ || !queue_.is_half_empty() || !mailbox_budget_.is_half_empty()) return;
  was_full_ = false;
  subscribers_.publish(drain_event{std::exchange(dropped_unanswered_, 0)});
}

void hosted_socket::update_watch() {
  if (const auto status = setup_.host.watch(*this, !paused_, watching_writable_); !status.ok()) {
    subscribers_.publish(error_event{to_error(status)});
    end(to_error(status));
  }
}

void hosted_socket::flush_queue() {
  const auto left = queue_.empty() ? send_queue::backlog::none : queue_.flush(socket_);
  if (const bool wanted = left == send_queue::backlog::until_writable;
      std::exchange(watching_writable_, wanted) != wanted) {
    update_watch();
  }
  tell_drained();
  if (left == send_queue::backlog::until_retry) {
    retry_at_ = clock::now() + retry_delay_;
    retry_delay_ = std::min<clock::duration>(retry_delay_ * 2, longest_retry);
  } else {
    retry_at_.reset();
  }
  schedule();
}

void hosted_socket::on_sent(outgoing& what, std::size_t count, std::size_t bytes) {
  retry_delay_ = first_retry;
  count_traffic(count);
  if (std::holds_alternative<std::monostate>(what.done)) return;
  if (auto* single = std::get_if<reply<std::uint64_t>>(&what.done)) return single->deliver(bytes);
  auto& receipt = *std::get<std::shared_ptr<batch_receipt>>(what.done);
  receipt.so_far.sent += count;
  receipt.so_far.bytes += bytes;
  receipt.outstanding -= count;
  settle_if_done(receipt);
}

void hosted_socket::on_send_failed(outgoing& what, int error) {
  // Linux lets go of a Unix peer that has closed.
  if (!what.to && !is_udp(socket_.family())) check_peer();
  count_error(error);
  fail(what, system_failure(dgram::send::operation, destination(what), error));
}

void hosted_socket::on_earlier_error(int error) {
  count_error(error);
  publish_within_budget(system_failure(dgram::send::operation, "to the connected peer", error));
}

// -- called by the loop -------------------------------------------------------

void hosted_socket::on_ready(bool readable, bool writable) {
  if (writable) on_flush();
  if (!readable || ended_) return;
  if (!paused_) return receive_all();
  // Only an error is told of a socket that does not read.
  if (const int error = socket_.take_error(); error != 0) on_receive_error(error);
}

void hosted_socket::on_receive_error(int error) {
  ++received_.receive_errors;
  count_error(error);
  publish_within_budget(system_failure("receive", "", error));
}

void hosted_socket::receive_all() {
  auto& got = setup_.host.received();
  for (int reads = 0; reads < max_reads; ++reads) {
    if (subscribers_.hold_up() || lacks_memory()) return consider_reading();
    got.clear();
    terms_.room = account_->room();
    const auto outcome = setup_.host.receiving().receive(socket_, got, terms_);
    if (outcome.error == EAGAIN || outcome.error == EWOULDBLOCK) return;
    if (outcome.error != 0) return on_receive_error(outcome.error);
    count_traffic(got.size());
    received_.received += got.size();
    received_.received_bytes += got.bytes();
    received_.received_buffers += outcome.buffers;
    received_.truncated += outcome.truncated;
    received_.blocked += outcome.blocked;
    if (outcome.drops) drops_.observe(*outcome.drops);
    // Where several wait, some may have found no room, of which only a later one tells.
    if (outcome.buffers > 1 || drops_.untold() > 0) watch_drops();
    if (subscribers_.empty()) {
      received_.unheard += got.size();
    } else {
      subscribers_.deliver(got);
      if (subscribers_.has_untold_losses()) watch_drops();
    }
    // What nobody keeps is given back before anything waits for it.
    got.clear();
    if (outcome.buffers < receiver::max_buffers && !account_->is_full()) return;
  }
}

bool hosted_socket::lacks_memory() {
  if (account_->is_awaited()) return account_->is_full();
  return account_->is_full() && account_->await_room();
}

void hosted_socket::consider_reading() {
  if (ended_) return;
  const bool for_credits = subscribers_.hold_up();
  const bool for_memory = !for_credits && lacks_memory();
  // Asked even if the memory came back just now: the nudge that told it is gone.
  if (for_memory && !std::exchange(asking_, true)) setup_.host.ask_again(*this);
  if ((for_credits || for_memory) == paused_) return;
  paused_ = !paused_;
  if (paused_) ++received_.pauses;
  drop_pace_ = drop_interval;
  check_drops_at_.reset();
  watch_drops();
  update_watch();
}

void hosted_socket::on_asked_again() {
  if (paused_ && account_->is_awaited()) return setup_.host.ask_again(*this);
  asking_ = false;
  consider_reading();
}

void hosted_socket::on_subscribers_changed() {
  terms_.account = subscribers_.receive_account();
  terms_.costs = subscribers_.costs();
  consider_reading();
}

void hosted_socket::watch_drops() {
  if (check_drops_at_) return;
  check_drops_at_ = clock::now() + drop_pace_;
  schedule();
}

void hosted_socket::read_drops() {
  if (!is_udp(socket_.family()) || !socket_.is_open()) return;
  if (const auto now = socket_.dropped_by_kernel()) drops_.observe(*now);
}

void hosted_socket::check_drops() {
  check_drops_at_.reset();
  read_drops();
  const bool is_news = drops_.untold() > 0;
  if (is_news) subscribers_.publish(kernel_drop_event{drops_.tell(), drops_.total()});
  if (ended_) return;
  subscribers_.tell_losses();
  // Who does not take datagrams does not take this news either.
  if (paused_) drop_pace_ = std::min<clock::duration>(drop_pace_ * 2, longest_drop_interval);
  if (is_news || paused_ || subscribers_.has_untold_losses()) watch_drops();
}

void hosted_socket::publish_within_budget(const absl::Status& why) {
  if (!budget_.spend(clock::now())) return;
  subscribers_.publish(error_event{to_error(why), budget_.take_withheld()});
}

void hosted_socket::count_traffic(std::size_t datagrams) {
  // A Unix socket's queue in the kernel holds ten datagrams by default
  // (net.unix.max_dgram_qlen): little can pile up there while a loop sleeps.
  setup_.host.count_traffic(datagrams, is_udp(socket_.family()));
}

statistics hosted_socket::count() const {
  auto result = received_;
  const auto& sent = queue_.counters();
  result.sent = sent.datagrams;
  result.sent_bytes = sent.bytes;
  result.sent_offloaded = sent.offloaded;
  result.offload_refusals = sent.offload_refusals;
  result.send_errors = sent.failures;
  result.send_retries = sent.retries;
  result.send_dropped = refused_;
  result.queued = queue_.datagrams();
  result.queued_bytes = queue_.bytes();
  result.kernel_drops = drops_.total();
  result.held_bytes = account_->held();
  for (const auto& [error, count] : errors_) result.errors.push_back({error, count});
  result.lost = subscribers_.lost();
  result.subscribers = subscribers_.count();
  return result;
}

void hosted_socket::on_flush() {
  flush_requested_ = false;
  tell_refused_early();
  flush_queue();
  end_if_flushed();
}

void hosted_socket::on_deadline() {
  const auto now = clock::now();
  if (linger_until_ && now >= *linger_until_) return end({});
  if (check_drops_at_ && now >= *check_drops_at_) check_drops();
  if (retry_at_ && now >= *retry_at_) return on_flush();
  schedule();
}

void hosted_socket::schedule() {
  if (ended_) return;
  constexpr auto never = clock::time_point::max();
  const auto next = std::min(
      {retry_at_.value_or(never), linger_until_.value_or(never), check_drops_at_.value_or(never)});
  if (next == never) return setup_.host.cancel_deadline(*this);
  setup_.host.set_deadline(*this, next);
}

void hosted_socket::on_shutdown() {
  // Behind what is in the mailbox already.
  enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, close{}), context());
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
  schedule();
}

void hosted_socket::begin_close() {
  if (!std::exchange(closing_, true)) setup_.host.flush_later(*this);
}

void hosted_socket::end_if_flushed() {
  if (closing_ && !ended_ && queue_.empty() && unresolved_.empty()) end({});
}

void hosted_socket::end(caf::error reason) {
  if (ended_) return;
  quit(std::move(reason));
  finalize();
}

void hosted_socket::fail_unsent() {
  const auto why = [](const outgoing& what) {
    return failure(errc::closed, dgram::send::operation, what.to ? destination(what) : "",
                   "the socket was closed before the datagram could be sent");
  };
  first_error unanswered;
  for (auto& what : queue_.take_all()) {
    if (std::holds_alternative<std::monostate>(what.done)) {
      unanswered.add([&] { return why(what); });
    } else {
      fail_all(what, why(what));
    }
  }
  unanswered.publish_to(subscribers_);
  for (auto& [key, what] : std::exchange(unresolved_, {})) fail(what, why(what));
  if (awaited_) fail(awaited_->owed, closed_failure(awaited_->operation, awaited_->value));
  awaited_.reset();
}

bool hosted_socket::cleanup(caf::error&& reason, actor_runner* host) {
  if (!std::exchange(ended_, true)) {
    closing_ = true;
    fail_unsent();
    tell_refused_early();
    if (dropped_unanswered_ > 0) subscribers_.publish(drain_event{dropped_unanswered_});
    check_drops();
    subscribers_.finish();
    setup_.host.detach(*this);
    socket_.close();
    for (auto& owed : std::exchange(close_replies_, {})) owed.deliver();
    refuse_mailbox(*this, subscribers_);
    if (alone_) subscribers_.publish(close_event{reason});
    subscribers_.remove_all();
    --setup_.host.load();
    setup_.census.remove(setup_.options.referenced);
  }
  return socket_actor::base::cleanup(std::move(reason), host);
}

}  // namespace dgram
