#include "caf_dgram/actors/socket/socket_group.h"

#include <memory>
#include <type_traits>
#include <utility>

#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/after_end.h"
#include "caf_dgram/actors/socket/reply.h"

namespace dgram {
namespace {

/// The results of a command that every member handles; a command without a
/// result has caf::unit.
template <class Result>
struct gathering {
  std::size_t outstanding = 0;
  std::vector<Result> results;
  caf::error failed;
};

}  // namespace

socket_group::socket_group(caf::actor_config& config, const caf::actor& listener,
                           delivery datagrams)
    : socket_actor::base(config), subscribers_(*this) {
  if (listener) subscribers_.add({listener, datagrams});
}

void socket_group::enqueue(caf::mailbox_element_ptr element, actor_runner* sender_runs_on) {
  const auto& content = element->content();
  if (!content.match_elements<dgram::send>() && !content.match_elements<send_batch>()) {
    if (!push_or_answer(*this, std::move(element))) return;
    caf::intrusive_ptr_add_ref(ctrl());
    if (sender_runs_on != nullptr) return sender_runs_on->exec_later(this);
    return home_system().scheduler().enqueue(this);
  }
  const auto& sender = element->sender;
  const auto& member = members_[sender ? sender->id() % members_.size() : 0];
  caf::actor_cast<caf::abstract_actor*>(member)->enqueue(std::move(element), sender_runs_on);
}

template <class Result, class Command, class Done, class Failed>
void socket_group::ask_all(const Command& command, Done done, Failed failed) {
  const auto key = next_pending_++;
  pending_.emplace(key, failed);
  auto gathered = std::make_shared<gathering<Result>>();
  gathered->outstanding = members_.size();
  const auto count_down = [this, key, gathered, done, failed] {
    if (--gathered->outstanding > 0) return;
    pending_.erase(key);
    if (gathered->failed) return failed(gathered->failed);
    done(gathered->results);
  };
  const auto fail = [gathered, count_down](caf::error& why) {
    if (!gathered->failed) gathered->failed = std::move(why);
    count_down();
  };
  for (const auto& member : members_) {
    auto asked = request(member, caf::infinite, command);
    if constexpr (std::is_same_v<Result, caf::unit_t>) {
      asked.then(count_down, fail);
    } else {
      asked.then(
          [gathered, count_down](Result& result) {
            gathered->results.push_back(std::move(result));
            count_down();
          },
          fail);
    }
  }
}

template <class Result, class Command, class Done>
caf::result<Result> socket_group::all(const Command& command, Done done) {
  auto owed = std::make_shared<reply<Result>>(reply<Result>::owed_by(*this));
  const auto failed = [this, owed](const caf::error& why) {
    if (owed->is_owed()) return owed->fail(why);
    subscribers_.publish(error_event{why});
  };
  if constexpr (std::is_void_v<Result>) {
    ask_all<caf::unit_t>(
        command,
        [owed, done](const auto&) {
          done();
          owed->deliver();
        },
        failed);
  } else {
    ask_all<Result>(
        command, [owed, done](const auto& results) { owed->deliver(done(results)); }, failed);
  }
  return reply<Result>::deferred();
}

template <class Command>
caf::result<void> socket_group::all(const Command& command) {
  return all<void>(command, [] {});
}

caf::result<void> socket_group::refuse(const absl::Status& why) {
  if (current_message_id().is_request()) return to_error(why);
  subscribers_.publish(error_event{to_error(why)});
  return reply<void>::deferred();
}

void socket_group::on_member_down(const caf::error& reason) {
  // Where one member fails, senders that are its own would be lost silently.
  if (--open_ == 0 || reason) quit(reason);
}

socket_group::behavior_type socket_group::make_behavior() {
  set_default_handler(caf::drop);
  set_error_handler([](const caf::error&) {});
  alive_ = caf::strong_actor_ptr(ctrl());
  open_ = members_.size();
  for (const auto& member : members_) monitor(member);
  set_down_handler([this](const caf::down_msg& down) {
    for (const auto& member : members_) {
      if (member.address() == down.source) return on_member_down(down.reason);
    }
    subscribers_.remove_dead(down.source);
  });
  return {
      [this](dgram::send& command) { return delegate(first(), std::move(command)); },
      [this](send_batch& command) { return delegate(first(), std::move(command)); },
      [this](const bind& command) { return delegate(first(), command); },
      [this](const connect& command) {
        return all<endpoint>(command, [this](const std::vector<endpoint>& peers) {
          subscribers_.publish(connect_event{peers.front()});
          return peers.front();
        });
      },
      [this](const disconnect& command) { return all(command); },
      [this](const get_local_address& command) { return delegate(first(), command); },
      [this](const get_remote_address& command) { return delegate(first(), command); },
      [this](const close& command) { return all(command); },
      [this](const set_option& command) { return all(command); },
      [this](const get_option& command) { return delegate(first(), command); },
      [this](const set_broadcast& command) { return all(command); },
      [this](const set_ttl& command) { return all(command); },
      [this](const set_multicast_ttl& command) { return all(command); },
      [this](const set_multicast_loopback& command) { return all(command); },
      [this](const set_multicast_interface& command) { return all(command); },
      [this](const add_membership& command) { return delegate(first(), command); },
      [this](const drop_membership& command) { return delegate(first(), command); },
      [this](const subscribe& command) -> caf::result<void> {
        if (command.credits != subscribe::unlimited || command.beyond != excess::pause) {
          return refuse(failure(errc::unsupported, subscribe::operation, "to a group",
                                "its sockets cannot share credits; it pauses when memory is full"));
        }
        return all<void>(command, [this, command] { subscribers_.add(command); });
      },
      [this](const unsubscribe& command) {
        return all<void>(command, [this, command] { subscribers_.remove(command.subscriber); });
      },
      [this](const grant&) {
        return refuse(failure(errc::unsupported, grant::operation, "to a group",
                              "its sockets cannot share credits"));
      },
      [this](const get_statistics& command) {
        return all<statistics>(command, [](const std::vector<statistics>& parts) {
          statistics total;
          for (const auto& part : parts) add(total, part);
          return total;
        });
      },
  };
}

bool socket_group::cleanup(caf::error&& reason, actor_runner* host) {
  if (!std::exchange(ended_, true)) {
    for (const auto& member : members_) send_exit(member, caf::exit_reason::user_shutdown);
    const auto closed = to_error(closed_failure("group"));
    for (auto& [key, fail] : std::exchange(pending_, {})) fail(closed);
    refuse_mailbox(*this, subscribers_);
    subscribers_.publish(close_event{reason});
    subscribers_.remove_all();
    alive_ = nullptr;
  }
  return socket_actor::base::cleanup(std::move(reason), host);
}

}  // namespace dgram
