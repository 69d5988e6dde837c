/// A fixture with an actor system, a runtime and a blocking actor that sends requests and
/// receives events. DGRAM_TEST_POLLER=poll selects the portable poller, DGRAM_TEST_PROBE=loop
/// has events recorded by an actor on a loop.
#pragma once

#include <caf/all.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/open_options.h"
#include "caf_dgram/actors/runtime.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram::testing {

/// Longer than anything a healthy test waits for.
inline constexpr std::chrono::seconds patience{20};

/// The options of every test's runtime.
runtime_options test_options();

/// Options with a local address.
open_options at(address local);

/// Options with a listener that gets events of all kinds.
open_options heard_by(any_actor listener);

/// An event as one line: "message hello", "listening 127.0.0.1:1234", "error …",
/// "connect 127.0.0.1:1", "disconnect unix:/x", "passive", "overrun 2 of 5", "kernel drop 2 of 5",
/// "drain 3", "close", "close <reason>".
std::string to_line(const message_event& event);
std::string to_line(const listening_event& event);
std::string to_line(const connect_event& event);
std::string to_line(const disconnect_event& event);
std::string to_line(const passive_event& event);
std::string to_line(const overrun_event& event);
std::string to_line(const kernel_drop_event& event);
std::string to_line(const drain_event& event);
std::string to_line(const error_event& event);
std::string to_line(const close_event& event);

/// A runtime and an actor on it, for tests that need more than one of them.
class node {
 public:
  explicit node(caf::actor_system& system, runtime_options options = test_options())
      : net(system, std::move(options)), self(system) {}
  ~node() { net.shutdown(); }

  /// Opens a socket whose listener gets events of all kinds; a failure ends the test.
  socket_actor open(family f, any_actor listener = nullptr);

  /// The same with options.
  socket_actor open(family f, const open_options& options);

  /// Sends a request and waits for its answer.
  template <class Result, class Command>
  caf::expected<Result> ask(const socket_actor& sock, Command command) {
    return answer_of<Result>(sock, caf::make_message(std::move(command)));
  }

  /// The same for a command without a result: its error, or none.
  template <class Command>
  caf::error tell(const socket_actor& sock, Command command) {
    const auto result = answer_of<void>(sock, caf::make_message(std::move(command)));
    return result ? caf::error{} : result.error();
  }

  /// The same for any command, ignoring its result.
  template <class Result, class Command>
  caf::error error_of(const socket_actor& sock, Command command) {
    auto result = ask<Result>(sock, std::move(command));
    return result ? caf::error{} : result.error();
  }

  /// Asks for a socket's statistics until they are so; a failure shows the last ones.
  template <class Predicate>
  ::testing::AssertionResult await_counts(const socket_actor& sock, Predicate are_so) {
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
      const auto now = ask<statistics>(sock, get_statistics{});
      if (!now) return ::testing::AssertionFailure() << describe(now.error());
      if (are_so(*now)) return ::testing::AssertionSuccess();
      if (std::chrono::steady_clock::now() > until) {
        return ::testing::AssertionFailure() << "stays at\n" << to_string(*now);
      }
    }
  }

  /// A UDP socket bound to a free port of its loopback address, and that address.
  std::pair<socket_actor, endpoint> open_bound(family f, any_actor listener = nullptr);

  /// Waits for the next event of this type, or the next text, sent to `self`.
  template <class Event>
  Event await();

  /// Waits for the next event of any type sent to `self`, as a line.
  std::string next_line();

  /// The lines of all events received so far.
  std::vector<std::string> lines_so_far();

  /// An event-based actor that passes what it gets to `self`: a listener for tests that do not
  /// need `self` itself to be one. Lives where DGRAM_TEST_PROBE says.
  const caf::actor& probe();

  /// Whether an event has been received that the test has not looked at.
  bool has_event();

  runtime net;
  caf::scoped_actor self;

 private:
  template <class Result>
  caf::expected<Result> answer_of(const socket_actor& sock, caf::message command);

  /// Waits until the probe, if any, has passed on all that it got.
  void settle();

  caf::actor probe_;
};

/// Holds the kernel that a fixture's sockets use: a base class in front of the fixture's
/// others, so that it outlives them.
///
///   class Faulty : protected with_kernel<faulty_kernel>, public SocketTest { … };
template <class Kernel>
struct with_kernel {
  Kernel kernel;
};

class SocketTest : public ::testing::Test {
 protected:
  system_config config;
  caf::actor_system system{config};
  node here{system};
};

MATCHER_P(FailsWith, code, "fails with " + std::string(to_string(code))) {
  *result_listener << (arg ? describe(arg) : std::string("no error"));
  return arg && code_of(arg) == code;
}

}  // namespace dgram::testing
