#include "caf_dgram/actors/bus/topic_reader.h"

#include <string>
#include <vector>

#include "tests/actors/bus/robot.h"
#include "tests/support/bus_test.h"

namespace dgram::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class TopicReader : public BusTest {
 protected:
  TopicReader() {
    reader.on(positions, [this](const robot::position& value, const endpoint& sender) {
      seen.push_back(std::to_string(value.x) + " from " + sender.host());
    });
    reader.on_mismatch([this](const topic_mismatch& what) { mismatches.push_back(what); });
  }

  /// Waits for the next message sent to `here.self`, and reads it.
  void read_next() {
    bool came = false;
    here.self->receive(
        [&](const channel_message_event& event) {
          reader.read(event);
          came = true;
        },
        [&](const channel_batch_event& event) {
          reader.read(event);
          came = true;
        },
        caf::after(patience) >> [] {});
    ASSERT_TRUE(came);
  }

  void subscribe_with(subscribe_channels terms) { ASSERT_TRUE(ask(bus, std::move(terms))); }

  const topic<robot::position> positions{"POSITION"};
  const topic<robot::even> evens{"EVEN"};
  bus_actor bus = open();
  topic_reader reader;
  std::vector<std::string> seen;
  std::vector<topic_mismatch> mismatches;
};

TEST_F(TopicReader, HandsOverValuesWithTheirSender) {
  subscribe_with(positions.subscription(here.self));
  ASSERT_TRUE(ask(bus, positions.message({1.5, 0})));
  read_next();
  EXPECT_THAT(seen, ElementsAre("1.500000 from 127.0.0.1"));
}

TEST_F(TopicReader, ReadsBatches) {
  auto terms = positions.subscription(here.self);
  terms.messages = delivery::batched;
  subscribe_with(terms);
  ASSERT_TRUE(ask(bus, positions.messages(std::vector<robot::position>{{1, 0}, {2, 0}, {3, 0}})));
  while (seen.size() < 3) ASSERT_NO_FATAL_FAILURE(read_next());
  EXPECT_THAT(seen, ElementsAre(HasSubstr("1.0"), HasSubstr("2.0"), HasSubstr("3.0")));
}

TEST_F(TopicReader, TellsTopicsByTheirChannel) {
  std::vector<int> numbers;
  reader.on(evens,
            [&](const robot::even& value, const endpoint&) { numbers.push_back(value.value); });
  subscribe_with(evens.subscription(here.self));
  subscribe_with(positions.subscription(here.self));
  ASSERT_TRUE(ask(bus, evens.message({8})));
  ASSERT_TRUE(ask(bus, positions.message({1, 0})));
  read_next();
  read_next();
  EXPECT_THAT(numbers, ElementsAre(8));
  EXPECT_THAT(seen, SizeIs(1));
}

TEST_F(TopicReader, TellsWhichTypeCameInsteadAndGoesOn) {
  subscribe_with(positions.subscription(here.self));
  ASSERT_TRUE(ask(bus, topic<robot::even>("POSITION").message({8})));
  ASSERT_TRUE(ask(bus, publish{"POSITION", "garbage"}));
  ASSERT_TRUE(ask(bus, positions.message({1, 0})));
  for (int i = 0; i < 3; ++i) read_next();
  ASSERT_THAT(mismatches, SizeIs(2));
  EXPECT_EQ(mismatches[0].channel, "POSITION");
  EXPECT_EQ(mismatches[0].sender.host(), "127.0.0.1");
  EXPECT_EQ(mismatches[0].expected.name, "robot::position");
  ASSERT_TRUE(mismatches[0].found);
  EXPECT_EQ(mismatches[0].found->name, "robot::even");
  EXPECT_FALSE(mismatches[1].found);
  EXPECT_THAT(seen, SizeIs(1));
}

TEST_F(TopicReader, DropsWhatIsNoTopicOfItsOwn) {
  subscribe_to(bus, "OTHER");
  ASSERT_TRUE(ask(bus, positions.message({1, 0})));
  ASSERT_TRUE(ask(bus, publish{"OTHER", "x"}));
  read_next();
  EXPECT_THAT(seen, SizeIs(0));
  EXPECT_THAT(mismatches, SizeIs(0));
}

}  // namespace
}  // namespace dgram::testing
