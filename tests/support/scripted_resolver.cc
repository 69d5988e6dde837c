#include "tests/support/scripted_resolver.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
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
                                      answers<void, std::string>, answers<void, std::uint64_t>>;

/// Forwards each question to `observer`; an answer or failure goes to all open questions,
/// or to as many of the oldest as the number before it says.
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
          for (auto& promise : take_next()) promise.deliver(resolved{{answer}});
        },
        [this](const std::string& failure) {
          for (auto& promise : take_next()) {
            promise.deliver(caf::make_error(caf::sec::runtime_error, failure));
          }
        },
        [this](std::uint64_t count) { next_ = count; },
    };
  }

  /// Dropped at the end, since a promise keeps its actor alive.
  void on_exit() override { open_.clear(); }

 private:
  std::vector<answer_promise> take_next() {
    const auto count = std::min<std::size_t>(std::exchange(next_, all), open_.size());
    const auto end = open_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<answer_promise> taken(open_.begin(), end);
    open_.erase(open_.begin(), end);
    return taken;
  }

  static constexpr auto all = std::numeric_limits<std::uint64_t>::max();

  caf::actor observer_;
  std::vector<answer_promise> open_;
  std::uint64_t next_ = all;
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

void scripted_resolver::answer_first(const endpoint& address) {
  send_anonymously(caf::actor_cast<caf::actor>(handle_), std::uint64_t{1});
  answer_all(address);
}

void scripted_resolver::fail_all(const std::string& reason) {
  send_anonymously(caf::actor_cast<caf::actor>(handle_), reason);
}

}  // namespace dgram::testing
