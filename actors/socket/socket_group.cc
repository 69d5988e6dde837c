#include "caf_dgram/actors/socket/socket_group.h"

#include <memory>
#include <type_traits>
#include <utility>

#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/compat/acknowledgement.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/death_registry.h"
#include "caf_dgram/actors/compat/job.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/after_end.h"
#include "caf_dgram/actors/socket/reply.h"

namespace dgram {
namespace {

/// The results of a command that every member handles; caf::unit for commands without
/// one.
template <class Result>
struct gathering {
  std::size_t outstanding = 0;
  std::vector<Result> results;
  caf::error failed;
};

/// Commands that the first member handles on behalf of the group.
template <class Command>
constexpr bool is_for_one =
    std::is_same_v<Command, send> || std::is_same_v<Command, send_batch> ||
    std::is_same_v<Command, bind> || std::is_same_v<Command, get_local_address> ||
    std::is_same_v<Command, get_remote_address> || std::is_same_v<Command, get_option> ||
    std::is_same_v<Command, add_membership> || std::is_same_v<Command, drop_membership>;

}  // namespace

absl::Status no_shared_credits(const char* operation) {
  return failure(errc::unsupported, operation, "to a group",
                 "its sockets cannot share credits; it pauses when memory is full");
}

socket_group::socket_group(caf::actor_config& config, subscribe listener, any_actor owner,
                           std::shared_ptr<group_ending> ending, socket_census::entry census)
    : dgram::ending<own_actor<hosted_actor::base>>(config),
      listener_(std::move(listener)),
      owner_(std::move(owner)),
      ending_(std::move(ending)),
      census_(std::move(census)),
      watches_(*this, std::make_shared<death_registry>()),
      subscribers_(*this, watches_),
      errors_(subscribers_) {}

void socket_group::take_in(caf::mailbox_element_ptr element, actor_runner* sender_runs_on) {
  const auto pass_to = [&](std::size_t index) {
    const auto& member = members_[index % members_.size()];
    caf::actor_cast<caf::abstract_actor*>(member)->enqueue(std::move(element), sender_runs_on);
  };
  if (const auto of = acknowledgement_in(*element)) return pass_to(of->member);
  const auto& content = element->content();
  if (!content.match_elements<dgram::send>() && !content.match_elements<send_batch>()) {
    if (!push_or_answer(*this, std::move(element))) return;
    return job::sharing(*this).run_later(sender_runs_on, home_system());
  }
  const auto& sender = element->sender;
  pass_to(sender ? sender->id() : 0);
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
    auto asked = send_request(this, caf::actor_cast<hosted_actor>(member), caf::infinite, command);
    if constexpr (std::is_same_v<Result, caf::unit_t>) {
      std::move(asked).then(count_down, fail);
    } else {
      std::move(asked).then(
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
    subscribers_.publish(error_event{why, 0, Command::operation, {}});
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

caf::result<void> socket_group::refuse(const char* operation, const absl::Status& why) {
  auto owed = reply<void>::owed_by(*this);
  errors_.fail(owed, why, {operation, {}});
  return reply<void>::deferred();
}

void socket_group::on_member_down(const caf::error& reason) {
  // The group cannot go on without a failed member: sends of the actors mapped to it
  // would be lost silently.
  if (--open_ == 0 || reason) quit(reason);
}

socket_group::behavior_type socket_group::make_behavior() {
  alive_ = caf::strong_actor_ptr(ctrl());
  open_ = members_.size();
  watches_.on_end([this](const caf::actor_addr& who, const caf::error& reason) {
    for (const auto& member : members_) {
      if (member.address() == who) return on_member_down(reason);
    }
    subscribers_.remove_dead(who);
    if (owner_ && owner_.handle().address() == who) {
      for (const auto& member : members_) tell(this, member, close{});
    }
  });
  for (const auto& member : members_) watches_.watch(any_actor(member));
  if (owner_) watches_.watch(owner_);
  if (listener_.subscriber) subscribers_.add(std::exchange(listener_, {}));
  subscribers_.publish(listening_event{local_});
  return handle_all(hosted_commands{});
}

template <class... Commands>
socket_group::behavior_type socket_group::handle_all(message_list<Commands...>) {
  // Acknowledgements are the members'.
  return quiet_behavior<behavior_type>(
      *this, [this](Commands& command) { return handle(command); }...,
      [](const event_acknowledged&) {},
      [this](const watched_ended& event) { watches_.handle(event); });
}

// Commands without an overload below concern all members.
template <class Command>
caf::result<typename Command::answer> socket_group::handle(const Command& command) {
  if constexpr (is_for_one<Command>) {
    return hand_on(this, first(), command);
  } else {
    return all<void>(command, [] {});
  }
}

caf::result<endpoint> socket_group::handle(const connect& command) {
  return all<endpoint>(command, [this](const std::vector<endpoint>& peers) {
    subscribers_.publish(connect_event{peers.front()});
    return peers.front();
  });
}

caf::result<void> socket_group::add_subscriber(const subscribe& terms,
                                               const caf::strong_actor_ptr& speaker) {
  if (terms.credits != subscribe::unlimited || terms.beyond != excess::pause) {
    return refuse(subscribe::operation, no_shared_credits(subscribe::operation));
  }
  return all<void>(subscribe_through{terms, speaker},
                   [this, terms, speaker] { subscribers_.add(terms, speaker); });
}

caf::result<void> socket_group::handle(const subscribe& command) {
  return add_subscriber(command, nullptr);
}

caf::result<void> socket_group::handle(const subscribe_through& command) {
  return add_subscriber(command.terms, command.speaker);
}

caf::result<void> socket_group::handle(const unsubscribe& command) {
  return all<void>(command, [this, command] { subscribers_.remove(command.subscriber); });
}

caf::result<void> socket_group::handle(const grant&) {
  return refuse(grant::operation, no_shared_credits(grant::operation));
}

caf::result<statistics> socket_group::handle(const get_statistics& command) {
  return all<statistics>(command, [](const std::vector<statistics>& parts) {
    statistics total;
    for (const auto& part : parts) add(total, part);
    return total;
  });
}

void socket_group::on_end(const caf::error& reason) {
  ending_->note(reason);
  for (const auto& member : members_) send_exit(member, caf::exit_reason::user_shutdown);
  const auto closed = to_error(closed_failure("group"));
  for (auto& [key, fail] : std::exchange(pending_, {})) fail(closed);
  refuse_mailbox(*this, errors_);
  if (auto last = ending_->leave(reason, {})) subscribers_.publish(*std::move(last));
  subscribers_.remove_all();
  watches_.forget_all();
  owner_ = nullptr;
  alive_ = nullptr;
  // Last, since the runtime may end from here on.
  census_ = {};
}

}  // namespace dgram
