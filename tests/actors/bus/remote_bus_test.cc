// A bus on one node of CAF's network, and its users on another.

#include <memory>
#include <string>
#include <vector>

#include "caf_dgram/actors/bus/topic_reader.h"
#include "tests/actors/bus/robot.h"
#include "tests/support/bus_test.h"
#include "tests/support/comes_true.h"
#include "tests/support/networked.h"

namespace dgram::testing {
namespace {

using ::testing::ElementsAre;

struct networked_bus_config : bus_system_config {
  networked_bus_config() { load_module<caf::io::middleman>(*this); }
};

/// Two nodes in one process: the bus is there, its users here.
class RemoteBus : public ::testing::Test {
 protected:
  RemoteBus() {
    bus_options options;
    options.group = free_group();
    options.receive_on = options.publish_on = "127.0.0.1";
    options.owner = there.self;
    local = *open_bus(there.net, options);
    const auto port = there_system.middleman().publish(local, 0, "127.0.0.1");
    bus = *here->middleman().remote_actor<bus_actor>("127.0.0.1", *port);
    self = std::make_unique<caf::scoped_actor>(*here);
  }

  template <class Event, class Check>
  void await(Check check) {
    (*self)->receive([&](const Event& event) { check(event); },
                     caf::after(patience) >> [] { ADD_FAILURE() << "no such event came"; });
  }

  networked_bus_config here_config;
  networked_bus_config there_config;
  std::unique_ptr<caf::actor_system> here = std::make_unique<caf::actor_system>(here_config);
  caf::actor_system there_system{there_config};
  node there{there_system};
  bus_actor local;
  bus_actor bus;
  std::unique_ptr<caf::scoped_actor> self;
};

TEST_F(RemoteBus, IsPublishedToAndHeard) {
  ASSERT_TRUE(ask(*self, bus, subscribe_channels{*self, "A"}, patience));
  const auto numbers = ask(*self, bus, publish{"A", "hello"}, patience);
  ASSERT_TRUE(numbers) << describe(numbers.error());
  await<channel_message_event>([&](const channel_message_event& event) {
    EXPECT_EQ(event.channel(), "A");
    EXPECT_EQ(event.bytes(), "hello");
    EXPECT_EQ(event.sequence(), numbers->first);
    EXPECT_EQ(event.sender.host(), "127.0.0.1");
  });
}

TEST_F(RemoteBus, SendsBatchesAndLongMessages) {
  subscribe_channels terms{*self, "A"};
  terms.messages = delivery::batched;
  ASSERT_TRUE(ask(*self, bus, terms, patience));
  publish_batch many{"A", {}};
  const std::string image(100'000, 'x');
  for (const auto& text : {std::string("one"), image, std::string("three")}) {
    many.messages.add(text);
  }
  ASSERT_TRUE(ask(*self, bus, many, patience));
  std::vector<std::string> texts;
  while (texts.size() < 3 && !HasFailure()) {
    await<channel_batch_event>([&](const channel_batch_event& event) {
      for (const auto& each : event.datagrams) {
        texts.emplace_back(channel_message(each.bytes).bytes());
      }
    });
  }
  EXPECT_THAT(texts, ElementsAre("one", image, "three"));
}

TEST_F(RemoteBus, CarriesTopics) {
  const topic<robot::even> evens("EVEN");
  ASSERT_TRUE(ask(*self, bus, evens.subscription(*self), patience));
  ASSERT_TRUE(ask(*self, bus, evens.message({8}), patience));
  std::vector<int> got;
  topic_reader reader;
  reader.on(evens, [&](const robot::even& value, const endpoint&) { got.push_back(value.value); });
  await<channel_message_event>([&](const channel_message_event& event) { reader.read(event); });
  EXPECT_THAT(got, ElementsAre(8));
}

TEST_F(RemoteBus, ForgetsTheSubscribersOfANodeThatIsGone) {
  ASSERT_TRUE(ask(*self, bus, subscribe_channels{*self, "A"}, patience));
  const auto subscriptions = [&] {
    return ask(there.self, local, get_bus_statistics{}, patience)->subscriptions.size();
  };
  EXPECT_EQ(subscriptions(), 1U);
  self.reset();
  bus = nullptr;
  here.reset();
  EXPECT_TRUE(comes_true([&] { return subscriptions() == 0; }));
}

}  // namespace
}  // namespace dgram::testing
