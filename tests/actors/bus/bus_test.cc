// A bus and its subscribers on one host.

#include "caf_dgram/actors/bus/bus.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "caf_dgram/dgram/lcm/cut.h"
#include "tests/support/bus_test.h"
#include "tests/support/comes_true.h"

namespace dgram::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Bus = BusTest;

/// Keeps a bus from handling anything: an actor beside it that is busy.
class busy_neighbour {
 public:
  busy_neighbour(node& here, const bus_actor& bus) {
    const auto neighbour =
        here.net.spawn_at(placement::beside(bus), [this](caf::event_based_actor*) -> caf::behavior {
          return {[this, waits_for = go_on_.get_future().share()](int) {
            is_busy_.set_value();
            waits_for.wait();
          }};
        });
    if (!neighbour) throw std::runtime_error(describe(neighbour.error()));
    send_message(here.self, *neighbour, 1);
    is_busy_.get_future().wait();
  }

  void go_on() { go_on_.set_value(); }

 private:
  std::promise<void> is_busy_;
  std::promise<void> go_on_;
};

TEST_F(Bus, DeliversWhatIsPublishedOnItsChannels) {
  const auto bus = open();
  subscribe_to(bus, "TEMPERATURE");
  const auto numbers = publish_on(bus, "TEMPERATURE", "21.5");
  EXPECT_EQ(numbers.first, 0U);
  EXPECT_EQ(numbers.last, 0U);
  publish_on(bus, "PRESSURE", "1013");
  publish_on(bus, "TEMPERATURE", "21.6");
  EXPECT_EQ(next_line(), "message TEMPERATURE 21.5");
  EXPECT_EQ(next_line(), "message TEMPERATURE 21.6");
}

TEST_F(Bus, DeliversToOtherBusesOfTheGroup) {
  const auto one = open();
  const auto other = open(unheard());
  subscribe_to(one, "A");
  publish_on(other, "A", "x");
  here.self->receive(
      [&](const channel_message_event& event) {
        EXPECT_EQ(event.channel(), "A");
        EXPECT_EQ(event.bytes(), "x");
        EXPECT_EQ(event.data(), payload("x"));
        EXPECT_EQ(event.sequence(), 0U);
        EXPECT_EQ(event.sender.host(), "127.0.0.1");
      },
      caf::after(patience) >> [] { ADD_FAILURE() << "nothing came"; });
}

TEST_F(Bus, CutsLongMessagesAndPutsThemTogether) {
  const auto bus = open();
  subscribe_to(bus, "CAMERA");
  const std::string image(1'200'000, 'x');
  publish_on(bus, "CAMERA", image);
  here.self->receive(
      [&](const channel_message_event& event) {
        EXPECT_EQ(event.channel(), "CAMERA");
        EXPECT_TRUE(event.bytes() == image);
      },
      caf::after(patience) >> [] { ADD_FAILURE() << "nothing came"; });
}

TEST_F(Bus, DeliversInTheOrderOfPublishing) {
  const auto bus = open();
  subscribe_to(bus, "A");
  for (int i = 0; i < 1000; ++i) {
    tell(here.self, bus,
         publish{"A", std::to_string(i) + std::string(i % 100 == 0 ? 5000 : 0, 'x')});
  }
  for (int i = 0; i < 1000; ++i) {
    EXPECT_THAT(next_line(), ::testing::StartsWith("message A " + std::to_string(i)));
  }
}

TEST_F(Bus, MatchesPatterns) {
  const auto bus = open();
  subscribe_to(bus, "CAMERA_.*");
  publish_on(bus, "CAMERA", "no");
  publish_on(bus, "MY_CAMERA_1", "no");
  publish_on(bus, "CAMERA_1", "yes");
  EXPECT_EQ(next_line(), "message CAMERA_1 yes");
}

TEST_F(Bus, DeliversInBatches) {
  const auto bus = open();
  subscribe_channels terms{here.self, "A"};
  terms.messages = delivery::batched;
  ASSERT_FALSE(error_of(bus, terms));
  batch messages;
  for (int i = 0; i < 100; ++i) messages.add(std::to_string(100 + i));
  const auto numbers = ask(bus, publish_batch{"A", messages});
  ASSERT_TRUE(numbers) << describe(numbers.error());
  EXPECT_EQ(numbers->first, 0U);
  EXPECT_EQ(numbers->last, 99U);
  int next = 100;
  while (next < 200) {
    here.self->receive(
        [&](const channel_batch_event& event) {
          for (const auto& each : event.datagrams) {
            const channel_message message(each.bytes);
            EXPECT_EQ(message.channel(), "A");
            EXPECT_EQ(message.bytes(), std::to_string(next));
            ++next;
          }
        },
        caf::after(patience) >>
            [&] {
              ADD_FAILURE() << "nothing came after " << next;
              next = 200;
            });
  }
}

TEST_F(Bus, EndsASubscription) {
  const auto bus = open();
  subscribe_to(bus, "A");
  subscribe_to(bus, "B.*");
  ASSERT_FALSE(error_of(bus, unsubscribe_channels{here.self, "A"}));
  publish_on(bus, "A", "no");
  publish_on(bus, "B", "yes");
  EXPECT_EQ(next_line(), "message B yes");
  ASSERT_FALSE(error_of(bus, unsubscribe_channels{here.self}));
  EXPECT_THAT(ask(bus, get_bus_statistics{})->subscriptions, IsEmpty());
}

TEST_F(Bus, RefusesBadChannelsAndPatterns) {
  const auto bus = open();
  EXPECT_THAT(error_of(bus, publish{"", "x"}), FailsWith(errc::invalid_channel));
  EXPECT_THAT(error_of(bus, publish{std::string(64, 'x'), "x"}), FailsWith(errc::invalid_channel));
  EXPECT_THAT(error_of(bus, publish{std::string("a\0b", 3), "x"}),
              FailsWith(errc::invalid_channel));
  EXPECT_THAT(error_of(bus, subscribe_channels{here.self, ""}), FailsWith(errc::invalid_channel));
  const auto why = error_of(bus, subscribe_channels{here.self, "A(.*"});
  EXPECT_THAT(why, FailsWith(errc::invalid_channel));
  EXPECT_THAT(describe(why), HasSubstr("\"A(.*\": missing )"));
  EXPECT_THAT(error_of(bus, subscribe_channels{nullptr, "A"}), FailsWith(errc::invalid_subscriber));
  EXPECT_THAT(error_of(bus, grant_messages{here.self, "A"}), FailsWith(errc::invalid_subscriber));
}

TEST_F(Bus, PublishesErrorsThatNobodyWaitsFor) {
  const auto bus = open();
  tell(here.self, bus, publish{"", "x"});
  EXPECT_THAT(next_line(), HasSubstr("error publish \"\""));
}

TEST_F(Bus, ClosesWhenToldTo) {
  const auto bus = open();
  ASSERT_FALSE(error_of(bus, close{}));
  EXPECT_EQ(next_line(), "close");
  here.self->wait_for(bus);
  EXPECT_TRUE(comes_true([&] { return here.net.open_sockets() == 0; }));
}

TEST_F(Bus, SendsBeforeItClosesWhatWasPublished) {
  const auto bus = open();
  const auto hearer = open(unheard());
  subscribe_to(hearer, "A");
  for (int i = 0; i < 100; ++i) tell(here.self, bus, publish{"A", std::to_string(i)});
  tell(here.self, bus, close{});
  std::vector<std::string> lines;
  while (lines.size() < 101) lines.push_back(next_line());
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "close"), 1);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "message A 99"), 1);
}

TEST_F(Bus, EndsWithItsOwner) {
  const auto owner = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](int) { self->quit(); }};
  });
  auto options = on_loopback();
  options.owner = owner;
  const auto bus = open(options);
  send_message(here.self, owner, 1);
  EXPECT_EQ(next_line(), "close");
  here.self->wait_for(bus);
}

TEST_F(Bus, SendsBeforeAnExitMessageEndsItWhatWasPublished) {
  const auto hearer = open();
  subscribe_to(hearer, "A");
  auto options = on_loopback();
  options.listener = nullptr;
  const auto bus = open(options);
  publish_on(bus, "A", "first");
  tell(here.self, bus, publish{"A", "last"});
  here.self->send_exit(bus, caf::exit_reason::user_shutdown);
  EXPECT_EQ(next_line(), "message A first");
  here.self->wait_for(bus);
}

TEST_F(Bus, TellsItsListenerWhyItEnds) {
  const auto bus = open();
  here.self->send_exit(bus, caf::exit_reason::user_shutdown);
  EXPECT_THAT(next_line(), HasSubstr("close "));
  EXPECT_TRUE(comes_true([&] { return here.net.open_sockets() == 0; }));
}

TEST_F(Bus, AnswersWhatItOwesWhenItEnds) {
  const auto bus = open();
  for (int i = 0; i < 100; ++i) {
    auto asked = send_request(here.self, bus, patience, get_bus_statistics{});
    if (i == 99) here.self->send_exit(bus, caf::exit_reason::kill);
    bool is_answered = false;
    std::move(asked).receive(
        [&](const bus_statistics&) { is_answered = true; },
        [&](const caf::error& why) { is_answered = why != caf::sec::request_timeout; });
    EXPECT_TRUE(is_answered);
  }
}

TEST_F(Bus, AnswersEachCloseWhetherOthersCameBefore) {
  const auto bus = open();
  // Once it has ended, CAF would answer.
  busy_neighbour neighbour(here, bus);
  auto first = send_request(here.self, bus, patience, close{});
  auto second = send_request(here.self, bus, patience, close{});
  neighbour.go_on();
  const auto fail = [](const caf::error& why) { ADD_FAILURE() << describe(why); };
  std::move(first).receive([] {}, fail);
  std::move(second).receive([] {}, fail);
}

TEST_F(Bus, KeepsItsListenerThatUnsubscribes) {
  const auto bus = open();
  subscribe_to(bus, "A");
  ASSERT_FALSE(error_of(bus, unsubscribe_channels{here.self}));
  ASSERT_FALSE(error_of(bus, unsubscribe_channels{here.self, "B"}));
  ASSERT_FALSE(error_of(bus, close{}));
  EXPECT_EQ(next_line(), "close");
}

TEST_F(Bus, SendsTheEventsThatTheLastTermsAskFor) {
  auto options = on_loopback();
  options.listener = nullptr;
  const auto bus = open(options);
  subscribe_to(bus, "A");
  subscribe_channels what{here.self, "A"};
  what.events = event_kinds::datagrams;
  ASSERT_FALSE(error_of(bus, what));
  tell(here.self, bus, publish{"", "refused"});
  publish_on(bus, "A", "x");
  EXPECT_EQ(next_line(), "message A x");
}

TEST_F(Bus, ThatCannotOpenLeavesNothingBehind) {
  auto options = on_loopback();
  options.publish_on = "nosuch0";
  EXPECT_THAT(open_bus(here.net, options).error(), FailsWith(errc::unknown_interface));
  EXPECT_TRUE(comes_true([&] { return here.net.open_sockets() == 0; }));
  EXPECT_FALSE(here.has_event());
}

TEST_F(Bus, OfALinksGroupNeedsAnInterface) {
  auto with = on_loopback();
  with.group = *endpoint::ip("ff02::4c43:4d", 7667);
  with.receive_on = "nosuch0";
  EXPECT_THAT(open_bus(here.net, with).error(), FailsWith(errc::unknown_interface));
  with.receive_on = "lo";
  with.publish_on = "nosuch0";
  EXPECT_THAT(open_bus(here.net, with).error(), FailsWith(errc::unknown_interface));
  with.receive_on = with.publish_on = interface_selector::any();
  const auto why = open_bus(here.net, with).error();
  EXPECT_THAT(why, FailsWith(errc::system_error));
  EXPECT_THAT(describe(why), HasSubstr("needs its interface"));
}

TEST_F(Bus, RefusesOptionsOutOfRange) {
  const auto refusal = [&](auto change) {
    auto options = on_loopback();
    change(options);
    return open_bus(here.net, options).error();
  };
  EXPECT_THAT(refusal([](auto& o) { o.group = o.group.with_port(0); }),
              FailsWith(errc::invalid_port));
  EXPECT_THAT(refusal([](auto& o) { o.group = *endpoint::ip("192.0.2.1", 7667); }),
              FailsWith(errc::invalid_address));
  for (const auto& why : {
           refusal([](auto& o) { o.ttl = 256; }),
           refusal([](auto& o) { o.datagram_size = 84; }),
           refusal([](auto& o) { o.datagram_size = 65'508; }),
           refusal([](auto& o) { o.max_message = 0; }),
           refusal([](auto& o) { o.max_message = (1U << 28U) + 1; }),
           refusal([](auto& o) { o.unfinished_bytes = o.max_message; }),
           refusal([](auto& o) { o.all_unfinished_bytes = o.unfinished_bytes - 1; }),
           refusal([](auto& o) { o.unfinished_messages = 0; }),
           refusal([](auto& o) { o.senders = 0; }),
           refusal([](auto& o) { o.patience = std::chrono::milliseconds(0); }),
           refusal([](auto& o) { o.longest_heartbeat = std::chrono::milliseconds(0); }),
           refusal([](auto& o) { o.receive_memory = 4095; }),
           refusal([](auto& o) { o.remote_unacknowledged = 4095; }),
       }) {
    EXPECT_THAT(why, FailsWith(errc::out_of_range));
  }
}

TEST_F(Bus, LosesTheOldestForASlowSubscriberAndSlowsNobodyElse) {
  const auto bus = open();
  const auto slow = system.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const channel_message_event&) {}, [](const passive_event&) {},
            [](const overrun_event&) {}, [](const bus_close_event&) {}};
  });
  subscribe_channels terms{slow, "A"};
  terms.credits = 1;
  terms.backlog = 2;
  ASSERT_FALSE(error_of(bus, terms));
  subscribe_to(bus, "A");
  for (int i = 0; i < 10; ++i) publish_on(bus, "A", std::to_string(i));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(next_line(), "message A " + std::to_string(i));
  const auto counted = *ask(bus, get_bus_statistics{});
  ASSERT_THAT(counted.subscriptions, SizeIs(2));
  const auto& its = counted.subscriptions[0].counted;
  EXPECT_EQ(its.subscriber, slow);
  EXPECT_EQ(its.delivered, 1U);
  EXPECT_EQ(its.waiting, 2U);
  EXPECT_EQ(its.lost, 7U);
}

TEST_F(Bus, WaitsForASubscriberThatPausesIt) {
  const auto bus = open();
  subscribe_channels terms{here.self, "A"};
  terms.credits = 1;
  terms.beyond = excess::pause;
  terms.events = event_kinds::all;
  ASSERT_FALSE(error_of(bus, terms));
  for (int i = 0; i < 10; ++i) publish_on(bus, "A", std::to_string(i));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(next_line(), "message A " + std::to_string(i));
    EXPECT_EQ(next_line(), "passive");
    ASSERT_FALSE(error_of(bus, grant_messages{here.self, "A", 1}));
  }
}

TEST_F(Bus, RejectsWhatIsNotLcmAndCountsIt) {
  const auto bus = open();
  subscribe_to(bus, ".*");
  auto stranger = *dgram::socket::open(family::udp4);
  ASSERT_TRUE(stranger.set(option::multicast_interface, interface_selector("lo")).ok());
  using namespace std::string_literals;
  for (const auto& bytes :
       {"no"s, "LC04\0\0\0\0A\0"s, "LC02\0\0\0\0\0x"s, "LC02\0\0\0\0A"s,
        "LC02\0\0\0\0"s + std::string(64, 'x') + "\0"s, "LC02\0\0\0\0CAF_DGRAM_HEARTBEAT\0?"s,
        "LC03\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0A\0x"s, "LC02\0\0\0\0A\0good"s}) {
    ASSERT_EQ(stranger.send({payload(bytes)}, &group).error, 0);
  }
  EXPECT_EQ(next_line(), "message A good");
  const auto counted = *ask(bus, get_bus_statistics{});
  std::vector<std::string> flaws;
  for (const auto& each : counted.rejected) {
    flaws.push_back(each.flaw + " " + std::to_string(each.count));
  }
  EXPECT_THAT(flaws, ElementsAre("shorter than its header 1", "not LCM 1", "no channel 1",
                                 "channel of more than 63 bytes 1", "channel without an end 1",
                                 "0 fragments 1", "unknown heartbeat 1"));
}

/// A bus whose runtime ends without a shutdown.
class BusAndRuntime : public ::testing::Test {
 protected:
  void end_with_bus_of(any_actor listener) {
    bus_options options;
    options.group = free_group();
    options.receive_on = options.publish_on = "lo";
    options.listener = std::move(listener);
    bus_actor bus;
    {
      const runtime net{system, test_options()};
      bus = *open_bus(net, options);
    }
    self->wait_for(bus);
  }

  bus_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
};

TEST_F(BusAndRuntime, EndTogetherWhereNobodyOwnsTheBus) { end_with_bus_of(nobody); }

TEST_F(BusAndRuntime, EndTogetherWhereABlockingActorOwnsTheBus) { end_with_bus_of(self); }

TEST_F(Bus, CountsWhatItDoes) {
  const auto bus = open();
  subscribe_to(bus, "A");
  publish_on(bus, "A", "abc");
  EXPECT_EQ(next_line(), "message A abc");
  publish_on(bus, "B", "de");
  EXPECT_TRUE(comes_true([&] { return ask(bus, get_bus_statistics{})->received == 2; }));
  const auto counted = *ask(bus, get_bus_statistics{});
  EXPECT_EQ(counted.published, 2U);
  EXPECT_EQ(counted.published_bytes, 5U);
  EXPECT_EQ(counted.unwanted, 1U);
  EXPECT_EQ(counted.lost, 0U);
  ASSERT_THAT(counted.senders, SizeIs(1));
  EXPECT_EQ(counted.senders[0].delivered, 2U);
  ASSERT_THAT(counted.subscriptions, SizeIs(1));
  EXPECT_EQ(counted.subscriptions[0].pattern, "A");
  EXPECT_EQ(counted.subscriptions[0].counted.delivered, 1U);
}

TEST_F(Bus, PublishesDatagramsWithTheirHeads) {
  const auto bus = open();
  subscribe_to(bus, "A");
  const std::string body(100'000, 'x');
  publish_batch headed{"A", {}};
  ASSERT_TRUE(headed.messages.add_segments({"12", 1}, "aab", 2));
  ASSERT_TRUE(headed.messages.add_segments({"3", 1}, body, body.size()));
  ASSERT_TRUE(ask(bus, headed));
  EXPECT_EQ(next_line(), "message A 1aa");
  EXPECT_EQ(next_line(), "message A 2b");
  EXPECT_EQ(next_line(), "message A 3" + body);
}

TEST_F(Bus, PacksWhatIsPublishedTogetherIntoFewDatagrams) {
  auto with = on_loopback();
  with.pack = true;
  with.first_heartbeat = std::chrono::milliseconds(0);
  const auto bus = open(with);
  subscribe_to(bus, "A");
  subscribe_to(bus, "B");
  publish_batch many{"A", {}};
  for (int i = 0; i < 100; ++i) many.messages.add(std::to_string(1000 + i));
  ASSERT_TRUE(ask(bus, many));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(next_line(), "message A " + std::to_string(1000 + i));
  const auto sent = ask(bus, get_bus_statistics{})->sending.sent;
  EXPECT_LE(sent, 3U);
  // Of different channels and lengths, a long one in between.
  const std::string image(5000, 'x');
  const auto packed = [&](const char* channel, payload data) {
    tell(here.self, bus, publish{channel, std::move(data)});
  };
  packed("A", "one");
  packed("B", "twice");
  packed("A", image);
  packed("B", "three");
  std::vector<std::string> lines;
  for (int i = 0; i < 4; ++i) lines.push_back(next_line());
  EXPECT_THAT(lines, ::testing::UnorderedElementsAre("message A one", "message B twice",
                                                     "message A " + image, "message B three"));
  EXPECT_EQ(ask(bus, get_bus_statistics{})->lost, 0U);
}

TEST_F(Bus, ReadsPacksWhetherItPacksOrNot) {
  auto with = unheard();
  with.pack = true;
  const auto packing = open(with);
  const auto bus = open();
  auto terms = subscribe_channels{here.self, "A"};
  terms.messages = delivery::batched;
  ASSERT_TRUE(ask(bus, terms));
  publish_batch many{"A", {}};
  for (const auto* text : {"abc", "def", "long", "x"}) many.messages.add(text);
  ASSERT_TRUE(ask(packing, many));
  std::vector<std::string> texts;
  while (texts.size() < 4) {
    bool came = false;
    here.self->receive(
        [&](const channel_batch_event& event) {
          came = true;
          for (const auto& each : event.datagrams) {
            texts.emplace_back(channel_message(each.bytes).bytes());
          }
        },
        caf::after(patience) >> [] {});
    ASSERT_TRUE(came);
  }
  EXPECT_THAT(texts, ElementsAre("abc", "def", "long", "x"));
}

TEST_F(Bus, DeliversItsOwnMessagesHereOnceWhetherTheyComeBackOrNot) {
  for (const bool loopback : {true, false}) {
    auto with = on_loopback();
    with.local_delivery = true;
    with.loopback = loopback;
    const auto bus = open(with);
    subscribe_to(bus, "A|END");
    const auto numbers = publish_on(bus, "A", "x");
    const std::string image(100'000, 'y');
    publish_on(bus, "A", image);
    publish_batch many{"A", {}};
    many.messages.add("1");
    many.messages.add("2");
    ASSERT_TRUE(ask(bus, many));
    here.self->receive(
        [&](const channel_message_event& event) {
          EXPECT_EQ(event.bytes(), "x");
          EXPECT_EQ(event.sequence(), numbers.first);
          EXPECT_EQ(event.sender.host(), "127.0.0.1");
          EXPECT_NE(event.sender.port(), 0);
        },
        caf::after(patience) >> [] { ADD_FAILURE() << "nothing came"; });
    EXPECT_EQ(next_line(), "message A " + image);
    EXPECT_EQ(next_line(), "message A 1");
    EXPECT_EQ(next_line(), "message A 2");
    // What another bus publishes comes behind what comes back.
    auto others = unheard();
    const auto other = open(others);
    publish_on(other, "END", "");
    EXPECT_EQ(next_line(), "message END ");
    ASSERT_TRUE(ask(other, close{}));
    const auto counted = *ask(bus, get_bus_statistics{});
    EXPECT_EQ(counted.delivered_locally, 4U);
    EXPECT_EQ(counted.received, 1U);
    EXPECT_THAT(counted.senders, SizeIs(1));
    ASSERT_TRUE(ask(bus, close{}));
    EXPECT_EQ(next_line(), "close");
  }
}

TEST_F(Bus, SendsAtItsRate) {
  auto with = on_loopback();
  with.send_rate = send_rate{1'000'000, 10'000};
  const auto bus = open(with);
  const auto before = std::chrono::steady_clock::now();
  publish_on(bus, "A", std::string(100'000, 'x'));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(85));
}

TEST_F(Bus, ThatOnlyPublishesHearsNothing) {
  auto with = unheard();
  with.publish_only = true;
  const auto speaker = open(with);
  const auto bus = open();
  subscribe_to(bus, "A");
  publish_on(speaker, "A", "x");
  EXPECT_EQ(next_line(), "message A x");
  const auto why = error_of(speaker, subscribe_channels{here.self, "A"});
  EXPECT_THAT(why, FailsWith(errc::unsupported));
  EXPECT_THAT(describe(why), HasSubstr("the bus only publishes"));
  const auto counted = *ask(speaker, get_bus_statistics{});
  EXPECT_EQ(counted.published, 1U);
  EXPECT_EQ(counted.receiving.received, 0U);
  EXPECT_EQ(counted.receiving.sent, 0U);
  EXPECT_GE(counted.sending.sent, 1U);
  ASSERT_TRUE(ask(speaker, close{}));
}

TEST_F(Bus, ThatOnlyPublishesDeliversLocally) {
  auto with = on_loopback();
  with.publish_only = with.local_delivery = true;
  const auto bus = open(with);
  subscribe_to(bus, "A");
  publish_on(bus, "A", "x");
  EXPECT_EQ(next_line(), "message A x");
}

TEST_F(Bus, RefusesWhatItsMailboxHasNoRoomFor) {
  auto with = on_loopback();
  with.send_limits = send_queue_limits{1000, 100'000};
  const auto bus = open(with);
  busy_neighbour neighbour(here, bus);
  const payload bytes(std::string(10'000, 'x'));
  for (int i = 0; i < 50; ++i) tell(here.self, bus, publish{"A", bytes});
  EXPECT_THAT(error_of(bus, publish{"A", bytes}), FailsWith(errc::queue_full));
  neighbour.go_on();
  EXPECT_EQ(next_line(), "error publish: the bus's mailbox is full");
  const auto dropped = next_line();
  const auto counted = *ask(bus, get_bus_statistics{});
  EXPECT_GT(counted.published, 8U);
  EXPECT_EQ(counted.published + counted.refused, 51U);
  EXPECT_EQ(dropped, "drain " + std::to_string(counted.refused - 1));
  // It goes on.
  publish_on(bus, "A", bytes);
}

}  // namespace
}  // namespace dgram::testing
