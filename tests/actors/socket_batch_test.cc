#include <cerrno>
#include <string>
#include <vector>

#include "caf_dgram/actors/core/kernel_seam.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"

namespace dgram::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Batches : public SocketTest {
 protected:
  /// Bound, with events going to the probe.
  socket_actor listen(delivery how, endpoint& at, family f = family::udp4) {
    const auto [sock, local] = here.open_bound(f);
    EXPECT_FALSE(here.tell(sock, subscribe{here.probe(), how, subscribe::unlimited, excess::pause,
                                           subscribe::default_backlog, event_kinds::all}));
    at = local;
    return sock;
  }

  /// The same on a path, in batches.
  void listen_at(const endpoint& path) {
    const auto server = here.open(family::unix_dgram);
    ASSERT_TRUE(here.ask<endpoint>(server, bind{path}));
    ASSERT_FALSE(
        here.tell(server, subscribe{here.probe(), delivery::batched, subscribe::unlimited,
                                    excess::pause, subscribe::default_backlog, event_kinds::all}));
  }

  /// Waits for so many datagrams in batches; their texts.
  std::vector<std::string> await_batched(std::size_t count) {
    std::vector<std::string> texts;
    while (texts.size() < count) {
      const auto event = here.await<batch_event>();
      if (event.datagrams.empty()) break;
      for (const datagram& each : event.datagrams) texts.emplace_back(each.bytes);
    }
    return texts;
  }

  endpoint at;
};

TEST_F(Batches, CarryManyDatagramsWithOneAnswer) {
  listen(delivery::batched, at);
  const auto client = here.open(family::udp4);
  batch many;
  many.add("one", at);
  many.add_segments("aabbc", 2, at);
  many.add("", at);
  const auto result = here.ask<batch_result>(client, send_batch{many});
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->sent, 5U);
  EXPECT_EQ(result->bytes, 8U);
  EXPECT_EQ(result->refused, 0U);
  EXPECT_FALSE(result->reason);
  EXPECT_THAT(await_batched(5), ElementsAre("one", "aa", "bb", "c", ""));
}

TEST_F(Batches, GoToSeveralDestinations) {
  listen(delivery::single, at);
  node other(system);
  const auto [there, to_there] = other.open_bound(family::udp4, other.probe());
  other.await<listening_event>();
  batch both;
  both.add("here", at);
  both.add("there", to_there);
  EXPECT_EQ(here.ask<batch_result>(here.open(family::udp4), send_batch{both})->sent, 2U);
  EXPECT_EQ(here.next_line(), "message here");
  EXPECT_EQ(other.next_line(), "message there");
}

TEST_F(Batches, GoToTheConnectedPeer) {
  listen(delivery::single, at);
  const auto client = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(client, connect{at}));
  batch some;
  some.add("hello");
  EXPECT_EQ(here.ask<batch_result>(client, send_batch{some})->sent, 1U);
  EXPECT_EQ(here.next_line(), "message hello");
}

TEST_F(Batches, GoOverUnixSockets) {
  const temp_dir directory;
  const auto path = *endpoint::unix_path(directory.file("s"));
  listen_at(path);
  batch some;
  some.add_segments("aabbc", 2, path);
  EXPECT_EQ(here.ask<batch_result>(here.open(family::unix_dgram), send_batch{some})->sent, 3U);
  EXPECT_THAT(await_batched(3), ElementsAre("aa", "bb", "c"));
}

TEST_F(Batches, CarryABodyInDatagramsWithHeads) {
  listen(delivery::batched, at);
  batch headed;
  ASSERT_TRUE(headed.add_segments({"123", 1}, "aabbc", 2, at));
  ASSERT_TRUE(headed.add_segments({"end", 3}, "", 2, at));
  const auto result = here.ask<batch_result>(here.open(family::udp4), send_batch{headed});
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->sent, 4U);
  EXPECT_EQ(result->bytes, 11U);
  EXPECT_THAT(await_batched(4), ElementsAre("1aa", "2bb", "3c", "end"));
}

TEST_F(Batches, CarryABodyWithHeadsOverUnixSockets) {
  const temp_dir directory;
  const auto path = *endpoint::unix_path(directory.file("s"));
  listen_at(path);
  batch some;
  ASSERT_TRUE(some.add_segments({"123", 1}, "aabbc", 2, path));
  EXPECT_EQ(here.ask<batch_result>(here.open(family::unix_dgram), send_batch{some})->sent, 3U);
  EXPECT_THAT(await_batched(3), ElementsAre("1aa", "2bb", "3c"));
}

TEST_F(Batches, MayBeEmpty) {
  const auto result = here.ask<batch_result>(here.open(family::udp4), send_batch{});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->sent, 0U);
}

TEST_F(Batches, ComeBackAsTheyWereReceived) {
  const auto server = listen(delivery::batched, at);
  node other(system);
  const auto [client, from] = other.open_bound(family::udp4, other.probe());
  other.await<listening_event>();
  batch some;
  some.add_segments("aabbc", 2, at);
  ASSERT_TRUE(other.ask<batch_result>(client, send_batch{some}));
  for (std::size_t seen = 0; seen < 3;) {
    auto event = here.await<batch_event>();
    seen += event.datagrams.size();
    tell(here.self, server, send_batch{std::move(event.datagrams)});
  }
  for (const char* text : {"aa", "bb", "c"}) {
    EXPECT_EQ(other.next_line(), std::string("message ") + text);
  }
}

TEST_F(Batches, LeaveOutWhatCannotBeSentAndTellWhy) {
  listen(delivery::single, at);
  const auto client = here.open(family::udp4);
  const auto expect = [&](batch what, errc code, const std::string& text) {
    what.add("good", at);
    const auto result = here.ask<batch_result>(client, send_batch{what});
    ASSERT_TRUE(result) << describe(result.error());
    EXPECT_EQ(result->sent, 1U);
    EXPECT_EQ(result->refused, what.size() - 1);
    EXPECT_THAT(result->reason, FailsWith(code));
    EXPECT_THAT(describe(result->reason), AllOf(HasSubstr("send batch"), HasSubstr(text)));
    EXPECT_EQ(here.next_line(), "message good");
  };
  batch no_destination;
  no_destination.add_segments("yyz", 2);
  expect(no_destination, errc::not_connected, "2 bytes: no destination");
  batch wrong_family;
  wrong_family.add("x", endpoint::loopback(family::udp6, 9));
  expect(wrong_family, errc::wrong_family, "[::1]:9");
  batch bad_port;
  bad_port.add("x", at.with_port(0));
  expect(bad_port, errc::invalid_port, "127.0.0.1:0");
  batch too_large;
  too_large.add(payload(std::string(max_payload(family::udp4) + 1, 'x')), at);
  expect(too_large, errc::payload_too_large, "65508 bytes");
  batch too_large_with_its_head;
  ASSERT_TRUE(too_large_with_its_head.add_segments(
      {"h", 1}, std::string(max_payload(family::udp4), 'x'), max_payload(family::udp4), at));
  expect(too_large_with_its_head, errc::payload_too_large, "65508 bytes");
}

TEST_F(Batches, WithoutRequestTellByOneEventHowManyFailedAndCountThem) {
  listen(delivery::single, at);
  const auto client = here.open(family::udp4, here.probe());
  batch mixed;
  for (int i = 0; i < 3; ++i) mixed.add("x", endpoint::loopback(family::udp6, 9));
  mixed.add("x", at.with_port(0));
  mixed.add_segments("xy", 1);
  mixed.add("good", at);
  tell(here.self, client, send_batch{mixed});
  const auto event = here.await<error_event>();
  EXPECT_THAT(event.reason, FailsWith(errc::wrong_family));
  EXPECT_EQ(event.operation, send_batch::operation);
  EXPECT_EQ(event.withheld, 5U);
  const auto counted = here.ask<statistics>(client, get_statistics{});
  EXPECT_EQ(counted->send_rejected, 6U);
  EXPECT_EQ(counted->sent, 1U);
}

TEST_F(Batches, OfAConnectedSocketGoToItsPeerOnly) {
  listen(delivery::single, at);
  const auto client = here.open(family::udp4);
  ASSERT_TRUE(here.ask<endpoint>(client, connect{at}));
  batch mixed;
  mixed.add("elsewhere", at.with_port(9));
  mixed.add("back to the peer", at);
  const auto result = here.ask<batch_result>(client, send_batch{mixed});
  EXPECT_EQ(result->sent, 1U);
  EXPECT_EQ(result->refused, 1U);
  EXPECT_THAT(result->reason, FailsWith(errc::already_connected));
  EXPECT_EQ(here.next_line(), "message back to the peer");
}

class BatchesWithFaults : public Batches {
 protected:
  socket_actor open_faulty(const caf::actor& listener = nullptr) {
    open_options options;
    use_kernel(here.net, kernel);
    options.listener = listener;
    options.events = event_kinds::all;
    return *here.net.open(family::udp4, options);
  }

  static batch numbered(int count, const endpoint& to) {
    batch result;
    for (int i = 0; i < count; ++i) result.add(payload(std::string(i + 1, 'x')), to);
    return result;
  }

  faulty_kernel kernel;
};

TEST_F(BatchesWithFaults, TellHowManyWereRefusedAndWhyTheFirst) {
  listen(delivery::batched, at);
  kernel.send_error = EPERM;
  kernel.good_sends = 2;
  kernel.failing_sends = 3;
  const auto result = here.ask<batch_result>(open_faulty(), send_batch{numbered(10, at)});
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->sent, 7U);
  EXPECT_EQ(result->refused, 3U);
  EXPECT_EQ(errno_of(result->reason), EPERM);
  EXPECT_THAT(describe(result->reason), HasSubstr(at.to_string()));
  EXPECT_EQ(await_batched(7).size(), 7U);
}

TEST_F(BatchesWithFaults, WithoutRequestTellRefusalsByOneEvent) {
  kernel.send_error = EPERM;
  kernel.failing_sends = -1;
  const auto sock = open_faulty(here.probe());
  tell(here.self, sock, send_batch{numbered(10, endpoint::loopback(family::udp4, 9))});
  here.await<listening_event>();
  EXPECT_THAT(here.next_line(), HasSubstr("EPERM"));
  ASSERT_TRUE(here.ask<statistics>(sock, get_statistics{}));
  EXPECT_FALSE(here.has_event());
}

TEST_F(BatchesWithFaults, AnswerWhenTheirSocketIsKilled) {
  kernel.send_error = EAGAIN;
  kernel.good_sends = 4;
  kernel.failing_sends = -1;
  const auto sock = open_faulty();
  auto asked = send_request(here.self, sock, patience, send_batch{numbered(10, at.with_port(9))});
  EXPECT_TRUE(here.await_counts(sock, [](const statistics& s) { return s.queued == 6; }));
  here.self->send_exit(sock, caf::exit_reason::kill);
  std::move(asked).receive(
      [](const batch_result& result) {
        EXPECT_EQ(result.sent, 4U);
        EXPECT_EQ(result.refused, 6U);
        EXPECT_THAT(result.reason, FailsWith(errc::closed));
      },
      [](const caf::error& why) { ADD_FAILURE() << describe(why); });
}

TEST_F(BatchesWithFaults, FallBackWithoutLossWhereSegmentationFails) {
  listen(delivery::batched, at);
  for (const int error : {EIO, EINVAL, EMSGSIZE}) {
    kernel.segmentation_error = error;
    const auto sock = open_faulty();
    batch run;
    run.add_segments(payload(std::string(50, 'x')), 10, at);
    ASSERT_TRUE(run.add_segments({"12345", 1}, payload(std::string(45, 'x')), 9, at));
    EXPECT_EQ(here.ask<batch_result>(sock, send_batch{run})->sent, 10U);
    const auto got = await_batched(10);
    ASSERT_EQ(got.size(), 10U);
    EXPECT_EQ(got.back(), "5xxxxxxxxx");
    const auto counted = here.ask<statistics>(sock, get_statistics{});
    EXPECT_EQ(counted->offload_refusals, 1U);
    EXPECT_EQ(counted->sent_offloaded, 0U);
    EXPECT_EQ(counted->sent, 10U);
  }
}

TEST_F(Batches, AreOneMessageForManyDatagramsThatCameAtOnce) {
  const auto server = listen(delivery::batched, at);
  batch run;
  run.add_segments(payload(std::string(64, 'x')), 1, at);
  ASSERT_TRUE(here.ask<batch_result>(here.open(family::udp4), send_batch{run}));
  const auto event = here.await<batch_event>();
  EXPECT_EQ(event.datagrams.size(), 64U);
  const auto counted = here.ask<statistics>(server, get_statistics{});
  EXPECT_EQ(counted->received, 64U);
  EXPECT_EQ(counted->received_bytes, 64U);
  EXPECT_EQ(counted->received_buffers, 1U);
}

TEST_F(Batches, CanBeHadWithoutMergingInTheKernel) {
  open_options options;
  options.listener = here.probe();
  options.events = event_kinds::all;
  options.datagrams = delivery::batched;
  options.receive_offload = false;
  const auto server = *here.net.open(family::udp4, options);
  at = *here.ask<endpoint>(server, bind{endpoint::loopback(family::udp4, 0)});
  batch run;
  run.add_segments(payload(std::string(64, 'x')), 1, at);
  ASSERT_TRUE(here.ask<batch_result>(here.open(family::udp4), send_batch{run}));
  EXPECT_EQ(await_batched(64).size(), 64U);
  EXPECT_EQ(here.ask<statistics>(server, get_statistics{})->received_buffers, 64U);
}

TEST_F(Batches, AndSingleMessagesShareTheirBytes) {
  node other(system);
  const auto [server, local] = here.open_bound(family::udp4);
  ASSERT_FALSE(
      here.tell(server, subscribe{here.probe(), delivery::batched, subscribe::unlimited,
                                  excess::pause, subscribe::default_backlog, event_kinds::all}));
  ASSERT_FALSE(
      here.tell(server, subscribe{other.probe(), delivery::single, subscribe::unlimited,
                                  excess::pause, subscribe::default_backlog, event_kinds::all}));
  ASSERT_TRUE(here.ask<std::uint64_t>(here.open(family::udp4), dgram::send{"shared", local}));
  const auto batched = here.await<batch_event>();
  const auto single = other.await<message_event>();
  EXPECT_EQ(single.data.view(), "shared");
  EXPECT_EQ((*batched.datagrams.begin()).bytes.data(), single.data.data());
}

TEST_F(Batches, CanBeChosenAndGivenUpByASubscriber) {
  const auto server = listen(delivery::single, at);
  const auto client = here.open(family::udp4);
  const auto say = [&] { ASSERT_TRUE(here.ask<std::uint64_t>(client, dgram::send{"x", at})); };
  say();
  EXPECT_EQ(here.await<message_event>().data, payload("x"));
  ASSERT_FALSE(
      here.tell(server, subscribe{here.probe(), delivery::batched, subscribe::unlimited,
                                  excess::pause, subscribe::default_backlog, event_kinds::all}));
  say();
  EXPECT_EQ(here.await<batch_event>().datagrams.size(), 1U);
  ASSERT_FALSE(
      here.tell(server, subscribe{here.probe(), delivery::single, subscribe::unlimited,
                                  excess::pause, subscribe::default_backlog, event_kinds::all}));
  say();
  EXPECT_EQ(here.await<message_event>().data, payload("x"));
}

TEST_F(Batches, StatisticsCountWhatLeft) {
  listen(delivery::batched, at);
  const auto client = here.open(family::udp4);
  batch run;
  run.add_segments("aabbc", 2, at);
  run.add("alone", at);
  ASSERT_TRUE(here.ask<batch_result>(client, send_batch{run}));
  const auto counted = here.ask<statistics>(client, get_statistics{});
  EXPECT_EQ(counted->sent, 4U);
  EXPECT_EQ(counted->sent_bytes, 10U);
  EXPECT_EQ(counted->sent_offloaded, 3U);
  EXPECT_EQ(counted->offload_refusals, 0U);
  EXPECT_EQ(counted->queued, 0U);
  EXPECT_EQ(counted->send_errors, 0U);
}

TEST_F(Batches, AreNotPublishedEmpty) {
  auto blocked = std::make_shared<block_list>();
  ASSERT_TRUE(blocked->add("127.0.0.1").ok());
  auto options = heard_by(here.probe());
  options.datagrams = delivery::batched;
  options.local = endpoint::loopback(family::udp4, 0);
  options.receive_block_list = blocked;
  const auto sock = here.open(family::udp4, options);
  here.await<listening_event>();
  const auto at = *here.ask<endpoint>(sock, get_local_address{});
  auto sender = *dgram::socket::open(family::udp4);
  ASSERT_EQ(sender.send({payload("x")}, &at).error, 0);
  EXPECT_TRUE(
      comes_true([&] { return here.ask<statistics>(sock, get_statistics{})->blocked == 1; }));
  EXPECT_FALSE(here.has_event());
}

TEST_F(BatchesWithFaults, GoAsOneMessageToTheNextPeerThoughNotToTheLast) {
  const auto [first, to_first] = here.open_bound(family::udp4);
  const auto [second, to_second] = here.open_bound(family::udp4);
  const auto sock = open_faulty();
  batch run;
  run.add_segments(payload(std::string(100, 'x')), 10);
  const auto offloaded_of = [&](const endpoint& peer) {
    EXPECT_TRUE(here.ask<endpoint>(sock, connect{peer}));
    const auto before = here.ask<statistics>(sock, get_statistics{})->sent_offloaded;
    EXPECT_EQ(here.ask<batch_result>(sock, send_batch{run})->sent, 10U);
    EXPECT_FALSE(here.tell(sock, disconnect{}));
    return here.ask<statistics>(sock, get_statistics{})->sent_offloaded - before;
  };
  kernel.segmentation_error = EINVAL;
  EXPECT_EQ(offloaded_of(to_first), 0U);
  kernel.segmentation_error = 0;
  EXPECT_EQ(offloaded_of(to_second), 10U);
  ASSERT_FALSE(here.tell(sock, close{}));
}

}  // namespace
}  // namespace dgram::testing
