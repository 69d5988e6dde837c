#include "actors/socket_group.h"

#include <memory>
#include <utility>

#include "actors/error.h"

namespace dgram {
namespace {

/// What is known of a command that every member handles.
template <class Result>
struct gathering {
  reply<Result> owed;
  std::size_t outstanding = 0;
  caf::error failed;
};

void add(statistics& total, const statistics& part) {
  total.received += part.received;
  total.received_bytes += part.received_bytes;
  total.received_buffers += part.received_buffers;
  total.truncated += part.truncated;
  total.receive_errors += part.receive_errors;
  total.sent += part.sent;
  total.sent_bytes += part.sent_bytes;
  total.sent_offloaded += part.sent_offloaded;
  total.offload_refusals += part.offload_refusals;
  total.send_errors += part.send_errors;
  total.send_retries += part.send_retries;
  total.queued += part.queued;
  total.queued_bytes += part.queued_bytes;
}

}  // namespace

socket_group::socket_group(caf::actor_config& config, endpoint local, const caf::actor& listener,
                           delivery datagrams)
    : socket_actor::base(config), local_(local), subscribers_(*this) {
  if (listener) subscribers_.add(listener, datagrams);
}

const socket_actor& socket_group::member_of(const caf::strong_actor_ptr& sender) const {
  return members_[sender ? sender->id() % members_.size() : 0];
}

void socket_group::enqueue(caf::mailbox_element_ptr element, actor_runner* sender_runs_on) {
  // A member says better than CAF what becomes of a command after the end.
  if (element->content().match_elements<dgram::send>() ||
      element->content().match_elements<send_batch>() || mailbox().closed()) {
    const auto& member = member_of(element->sender);
    return caf::actor_cast<caf::abstract_actor*>(member)->enqueue(std::move(element),
                                                                  sender_runs_on);
  }
  socket_actor::base::enqueue(std::move(element), sender_runs_on);
}

template <class Result, class Command, class Done>
caf::result<Result> socket_group::all(const Command& command, Done done) {
  auto gathered = std::make_shared<gathering<Result>>();
  gathered->owed = reply<Result>::owed_by(*this);
  gathered->outstanding = members_.size();
  const auto fail = [this, gathered](caf::error& why) {
    if (!gathered->failed) gathered->failed = std::move(why);
    if (--gathered->outstanding > 0) return;
    if (gathered->owed.is_owed()) return gathered->owed.fail(std::move(gathered->failed));
    subscribers_.publish(error_event{std::move(gathered->failed)});
  };
  for (const auto& member : members_) {
    auto asked = request(member, caf::infinite, command);
    if constexpr (std::is_void_v<Result>) {
      asked.then(
          [gathered, done, fail]() {
            if (gathered->failed) return fail(gathered->failed);
            if (--gathered->outstanding > 0) return;
            done();
            gathered->owed.deliver();
          },
          fail);
    } else {
      asked.then(
          [gathered, done, fail](Result& result) {
            if (gathered->failed) return fail(gathered->failed);
            if (--gathered->outstanding > 0) return;
            done(result);
            gathered->owed.deliver(std::move(result));
          },
          fail);
    }
  }
  return reply<Result>::deferred();
}

template <class Result, class Command>
caf::result<Result> socket_group::all(const Command& command) {
  if constexpr (std::is_void_v<Result>) {
    return all<Result>(command, [] {});
  } else {
    return all<Result>(command, [](const Result&) {});
  }
}

caf::result<statistics> socket_group::sum() {
  auto total = std::make_shared<statistics>();
  auto gathered = std::make_shared<gathering<statistics>>();
  gathered->owed = reply<statistics>::owed_by(*this);
  gathered->outstanding = members_.size();
  const auto finish = [gathered, total] {
    if (--gathered->outstanding == 0) gathered->owed.deliver(*total);
  };
  for (const auto& member : members_) {
    request(member, caf::infinite, get_statistics{})
        .then(
            [total, finish](const statistics& part) {
              add(*total, part);
              finish();
            },
            [finish](const caf::error&) { finish(); });
  }
  return reply<statistics>::deferred();
}

socket_group::behavior_type socket_group::make_behavior() {
  set_default_handler(caf::drop);
  set_error_handler([](const caf::error&) {});
  // Ends with its last member, whatever ended that one.
  open_ = members_.size();
  alive_ = caf::strong_actor_ptr(ctrl());
  for (const auto& member : members_) monitor(member);
  set_down_handler([this](const caf::down_msg& down) {
    for (const auto& member : members_) {
      if (member.address() != down.source) continue;
      if (--open_ > 0) return;
      subscribers_.publish(close_event{down.reason});
      return quit(down.reason);
    }
    subscribers_.remove_dead(down.source);
  });
  subscribers_.publish(listening_event{local_});
  return {
      [this](dgram::send& command) { return delegate(first(), std::move(command)); },
      [this](send_batch& command) { return delegate(first(), std::move(command)); },
      [this](const bind& command) { return delegate(first(), command); },
      [this](const connect& command) {
        return all<endpoint>(
            command, [this](const endpoint& peer) { subscribers_.publish(connect_event{peer}); });
      },
      [this](const disconnect& command) { return all<void>(command); },
      [this](const get_local_address& command) { return delegate(first(), command); },
      [this](const get_remote_address& command) { return delegate(first(), command); },
      [this](const close& command) { return all<void>(command); },
      [this](const set_option& command) { return all<void>(command); },
      [this](const get_option& command) { return delegate(first(), command); },
      [this](const set_broadcast& command) { return all<void>(command); },
      [this](const set_ttl& command) { return all<void>(command); },
      [this](const set_multicast_ttl& command) { return all<void>(command); },
      [this](const set_multicast_loopback& command) { return all<void>(command); },
      [this](const set_multicast_interface& command) { return all<void>(command); },
      [this](const add_membership& command) { return delegate(first(), command); },
      [this](const drop_membership& command) { return delegate(first(), command); },
      [this](const subscribe& command) {
        return all<void>(
            command, [this, command] { subscribers_.add(command.subscriber, command.datagrams); });
      },
      [this](const unsubscribe& command) {
        return all<void>(command, [this, command] { subscribers_.remove(command.subscriber); });
      },
      [this](const get_statistics&) { return sum(); },
  };
}

void socket_group::on_exit() {
  for (const auto& member : members_) send_exit(member, caf::exit_reason::user_shutdown);
  subscribers_.remove_all();
  alive_ = nullptr;
}

}  // namespace dgram
