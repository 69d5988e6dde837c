#include "tests/support/scripted_resolver.h"

#include <vector>

#include "caf_dgram/actors/error.h"
#include "gtest/gtest.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using answer_promise = caf::typed_response_promise<resolved>;

/// Forwards each question to `observer`; an answer or failure goes to all open questions.
class script final : public resolver_actor::base {
 public:
  script(caf::actor_config& config, caf::actor observer)
      : resolver_actor::base(config), observer_(std::move(observer)) {
    // The test's own messages are not part of the typed interface.
    set_default_handler([this](caf::scheduled_actor*,
                               caf::message_view& view) -> caf::result<caf::message> {
      auto& content = view.content();
      for (auto& promise : std::exchange(open_, {})) {
        if (content.match_elements<endpoint>()) {
          promise.deliver(resolved{{content.get_as<endpoint>(0)}});
        } else {
          promise.deliver(caf::make_error(caf::sec::runtime_error, content.get_as<std::string>(0)));
        }
      }
      return caf::message{};
    });
  }

  behavior_type make_behavior() override {
    return {[this](const resolve& asked) -> caf::result<resolved> {
      caf::unsafe_send_as(this, observer_, std::string(to_string(asked.family)) + " " + asked.name);
      open_.push_back(make_response_promise<answer_promise>());
      return open_.back();
    }};
  }

  /// Dropped at the end, since a promise keeps its actor alive.
  void on_exit() override { open_.clear(); }

 private:
  caf::actor observer_;
  std::vector<answer_promise> open_;
};

}  // namespace

scripted_resolver::scripted_resolver(caf::actor_system& system)
    : self_(system), handle_(system.spawn<script>(caf::actor(self_))) {}

scripted_resolver::~scripted_resolver() {
  caf::anon_send_exit(handle_, caf::exit_reason::user_shutdown);
}

std::string scripted_resolver::await_question() {
  std::string question;
  self_->receive([&](const std::string& asked) { question = asked; },
                 caf::after(patience) >> [] { ADD_FAILURE() << "no question came"; });
  return question;
}

void scripted_resolver::answer_all(const endpoint& address) {
  caf::anon_send(caf::actor_cast<caf::actor>(handle_), address);
}

void scripted_resolver::fail_all(const std::string& reason) {
  caf::anon_send(caf::actor_cast<caf::actor>(handle_), reason);
}

}  // namespace dgram::testing
