#include "caf_dgram/actors/facade.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "caf_dgram/actors/compat/passive_actor.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/event_budget.h"
#include "caf_dgram/actors/socket/hosted_actor.h"

namespace dgram {
namespace {

constexpr std::int64_t burst = 10;
constexpr std::chrono::milliseconds interval{100};

struct known_command {
  std::size_t position = 0;
  const char* operation = "";
};

template <class... Commands>
std::optional<known_command> command_in(const message_content& content, message_list<Commands...>) {
  std::size_t position = 0;
  const char* operation = nullptr;
  static_cast<void>(((content.match_elements<Commands>() ? (operation = Commands::operation, true)
                                                         : (++position, false)) ||
                     ...));
  if (operation == nullptr) return std::nullopt;
  return known_command{position, operation};
}

caf::message_id with_priority_of(const caf::message_id& other, std::uint64_t number) {
  const auto id = caf::make_message_id(number);
  return other.is_urgent_message() ? id.with_high_priority() : id;
}

caf::error closed(const char* operation) {
  return to_error(failure(errc::closed, operation, "", "the facade has ended"));
}

class facade final : public passive_actor {
 public:
  facade(socket_actor sock, command_set permitted, any_actor observer)
      : sock_(std::move(sock)),
        permitted_(permitted),
        observer_(std::move(observer)),
        refusals_(burst, interval) {}

  const char* name() const override { return "dgram.facade"; }

 private:
  /// Whom an answer of the socket is for.
  struct requester {
    caf::strong_actor_ptr who;
    caf::message_id request;
    const char* operation = "";
  };

  void handle(caf::mailbox_element_ptr element, actor_runner* runs_on) override;
  void pass_answer(caf::mailbox_element_ptr element, actor_runner* runs_on);
  void pass_command(caf::mailbox_element_ptr element, const char* operation, actor_runner* runs_on);
  void refuse(const caf::mailbox_element& element, const char* operation, actor_runner* runs_on);
  void answer(const requester& to, caf::error why, actor_runner* runs_on);
  void on_end(actor_runner* runs_on) override;

  caf::abstract_actor* socket() const { return caf::actor_cast<caf::abstract_actor*>(sock_); }
  caf::strong_actor_ptr self() { return {ctrl()}; }

  const socket_actor sock_;
  const command_set permitted_;
  const any_actor observer_;

  std::mutex mutex_;  ///< For what follows.
  bool has_ended_ = false;
  event_budget refusals_;
  std::uint64_t requests_ = 0;
  std::unordered_map<std::uint64_t, requester> asked_;
};

void facade::handle(caf::mailbox_element_ptr element, actor_runner* runs_on) {
  if (element->mid.is_response()) return pass_answer(std::move(element), runs_on);
  const auto command = command_in(element->content(), all_commands());
  const auto* operation = command ? command->operation : "request";
  if (!command || !permitted_.test(command->position)) return refuse(*element, operation, runs_on);
  pass_command(std::move(element), operation, runs_on);
}

// What is no answer to the facade acknowledges an event of the socket.
void facade::pass_answer(caf::mailbox_element_ptr element, actor_runner* runs_on) {
  requester to;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = asked_.find(element->mid.request_id().integer_value());
    if (found != asked_.end()) {
      to = std::move(found->second);
      asked_.erase(found);
    }
  }
  if (!to.who) {
    socket()->enqueue(std::move(element), runs_on);
    return;
  }
  element->sender = self();
  element->mid = to.request.response_id();
  to.who->enqueue(std::move(element), runs_on);
}

void facade::pass_command(caf::mailbox_element_ptr element, const char* operation,
                          actor_runner* runs_on) {
  if (element->content().match_elements<subscribe>()) {
    element = make_element(std::move(element->sender), element->mid,
                           subscribe_through{element->content().get_as<subscribe>(0), self()});
  }
  requester from{std::exchange(element->sender, self()), element->mid, operation};
  const bool is_request = from.request.is_request();
  bool is_passed = false;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    is_passed = !has_ended_;
    if (is_passed && is_request) {
      element->mid = with_priority_of(from.request, ++requests_);
      asked_.emplace(requests_, std::exchange(from, {}));
    }
  }
  if (is_passed) {
    socket()->enqueue(std::move(element), runs_on);
  } else if (is_request) {
    answer(from, closed(operation), runs_on);
  }
}

void facade::refuse(const caf::mailbox_element& element, const char* operation,
                    actor_runner* runs_on) {
  const auto why =
      to_error(failure(errc::not_permitted, operation, "", "the facade does not permit it"));
  if (element.mid.is_request())
    return answer({element.sender, element.mid, operation}, why, runs_on);
  if (!observer_) return;
  std::uint64_t withheld = 0;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (!refusals_.spend(std::chrono::steady_clock::now())) return;
    withheld = refusals_.take_withheld();
  }
  send_alone(self(), observer_.handle(), error_event{why, withheld, operation, {}}, runs_on);
}

void facade::answer(const requester& to, caf::error why, actor_runner* runs_on) {
  if (!to.who) return;
  send_shared(self(), to.who, to.request.response_id(), caf::make_message(std::move(why)), runs_on);
}

void facade::on_end(actor_runner* runs_on) {
  std::unordered_map<std::uint64_t, requester> left;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    has_ended_ = true;
    left.swap(asked_);
  }
  for (const auto& [number, each] : left) answer(each, closed(each.operation), runs_on);
}

}  // namespace

caf::expected<socket_actor> spawn_facade(const socket_actor& sock, command_set permitted,
                                         any_actor observer) {
  constexpr const char* operation = "spawn facade";
  if (!sock) return to_error(failure(errc::closed, operation, "", "no socket given"));
  auto& system = sock->home_system();
  if (sock.node() != system.node()) {
    return to_error(failure(errc::unsupported, operation, "", "the socket is on another node"));
  }
  auto result = spawn_passive<socket_actor, facade>(system, sock, permitted, std::move(observer));
  dynamic_cast<facade&>(*caf::actor_cast<caf::abstract_actor*>(result)).end_with(sock);
  return result;
}

}  // namespace dgram
