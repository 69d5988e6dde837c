/// A fixture with buses on the loopback interface.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "caf_dgram/actors/bus/ask.h"
#include "caf_dgram/actors/bus/bus.h"
#include "caf_dgram/actors/bus/events.h"
#include "caf_dgram/actors/bus/message_types.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {

/// "message CHANNEL BYTES".
std::string to_line(const channel_message_event& event);

/// "lost PLACE [FIRST, LAST]", with the channel if it is known.
std::string to_line(const message_loss_event& event);

std::string to_line(const bus_close_event& event);

/// A port of the group that nothing is bound to.
endpoint free_group();

class BusTest : public ::testing::Test {
 protected:
  /// Options for the test's group on the loopback interface; `here.self` gets events of all kinds.
  bus_options on_loopback();

  /// The same for a bus whose events nobody gets.
  bus_options unheard();

  /// Opens a bus; a failure ends the test.
  bus_actor open(const bus_options& options);
  bus_actor open() { return open(on_loopback()); }

  template <class Command>
  caf::expected<typename Command::answer> ask(const bus_actor& bus, Command command) {
    return dgram::ask(here.self, bus, std::move(command), patience);
  }

  /// The error of a command, or none.
  template <class Command>
  caf::error error_of(const bus_actor& bus, Command command) {
    const auto result = ask(bus, std::move(command));
    return result ? caf::error{} : result.error();
  }

  /// Has `here.self` get the messages of these channels.
  void subscribe_to(const bus_actor& bus, const std::string& pattern);

  /// Publishes, and waits until it is sent.
  published publish_on(const bus_actor& bus, const std::string& channel, payload data);

  /// Waits for the next event sent to `here.self`, as a line.
  std::string next_line();

  bus_system_config config;
  caf::actor_system system{config};
  node here{system};
  const endpoint group = free_group();
};

}  // namespace dgram::testing
