#include "tests/support/bus_test.h"

#include <stdexcept>

namespace dgram::testing {

std::string to_line(const channel_message_event& event) {
  return "message " + std::string(event.channel()) + " " + std::string(event.bytes());
}

std::string to_line(const message_loss_event& event) {
  auto line = std::string("lost ") + to_string(event.place) + " [" + std::to_string(event.first) +
              ", " + std::to_string(event.last) + "]";
  if (!event.channel.empty()) line += " " + event.channel;
  return line;
}

std::string to_line(const bus_close_event& event) {
  return event.reason ? "close " + describe(event.reason) : "close";
}

endpoint free_group() {
  auto probe = *dgram::socket::open(family::udp4);
  const auto local = *endpoint::ip("239.255.21.8", 0);
  const auto status = probe.bind(local);
  if (!status.ok()) throw std::runtime_error(std::string(status.message()));
  return *probe.local_endpoint();
}

bus_options BusTest::on_loopback() {
  bus_options result;
  result.group = group;
  result.receive_on = result.publish_on = "lo";
  result.listener = here.self;
  result.events = event_kinds::all;
  return result;
}

bus_options BusTest::unheard() {
  auto result = on_loopback();
  result.listener = nullptr;
  result.owner = here.self;
  return result;
}

bus_actor BusTest::open(const bus_options& options) {
  auto bus = open_bus(here.net, options);
  if (!bus) throw std::runtime_error(describe(bus.error()));
  return *bus;
}

void BusTest::subscribe_to(const bus_actor& bus, const std::string& pattern) {
  const auto why = error_of(bus, subscribe_channels{here.self, pattern});
  if (why) throw std::runtime_error(describe(why));
}

published BusTest::publish_on(const bus_actor& bus, const std::string& channel, payload data) {
  const auto numbers = ask(bus, publish{channel, std::move(data)});
  if (!numbers) throw std::runtime_error(describe(numbers.error()));
  return *numbers;
}

std::string BusTest::next_line() {
  std::string line;
  const auto take = [&](const auto& event) { line = to_line(event); };
  here.self->receive([&](const channel_message_event& event) { take(event); },
                     [&](const message_loss_event& event) { take(event); },
                     [&](const overrun_event& event) { take(event); },
                     [&](const passive_event& event) { take(event); },
                     [&](const error_event& event) { take(event); },
                     [&](const drain_event& event) { take(event); },
                     [&](const bus_close_event& event) { take(event); },
                     caf::after(patience) >> [] { ADD_FAILURE() << "no event came"; });
  return line;
}

}  // namespace dgram::testing
