#include "tests/support/scripted_resolver.h"

#include <vector>

#include "caf_dgram/actors/compat/answers.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/sending.h"
#include "caf_dgram/actors/error.h"
#include "gtest/gtest.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using answer_promise = caf::typed_response_promise<resolved>;

/// A resolver that its test tells what to answer.
using script_actor = caf::typed_actor<answers<resolved, resolve>, answers<void, endpoint>,
                                      answers<void, std::string>>;

/// Forwards each question to `observer`; an answer or failure goes to all open questions.
class script final : public script_actor::base {
 public:
  script(caf::actor_config& config, caf::actor observer)
      : script_actor::base(config), observer_(std::move(observer)) {}

  behavior_type make_behavior() override {
    return {
        [this](const resolve& asked) -> caf::result<resolved> {
          send_alone({ctrl()}, observer_, std::string(to_string(asked.family)) + " " + asked.name,
                     context());
          open_.push_back(make_response_promise<answer_promise>());
          return open_.back();
        },
        [this](const endpoint& answer) {
          for (auto& promise : std::exchange(open_, {})) promise.deliver(resolved{{answer}});
        },
        [this](const std::string& failure) {
          for (auto& promise : std::exchange(open_, {})) {
            promise.deliver(caf::make_error(caf::sec::runtime_error, failure));
          }
        },
    };
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
  send_anonymously(caf::actor_cast<caf::actor>(handle_), address);
}

void scripted_resolver::fail_all(const std::string& reason) {
  send_anonymously(caf::actor_cast<caf::actor>(handle_), reason);
}

}  // namespace dgram::testing
