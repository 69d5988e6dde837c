// One port, served by a socket and an actor on each loop.

#include <caf/all.hpp>

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/compat/resident.h"
#include "caf_dgram/actors/loop/loop_thread.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/comes_true.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::ElementsAre;

constexpr std::size_t loops = 3;
constexpr int clients = 64;

runtime_options three_loops() {
  auto options = test_options();
  options.loops = loops;
  return options;
}

/// Sends back what its socket receives, if that happens on the loop's thread.
caf::behavior echo(caf::event_based_actor* self, const socket_actor& sock) {
  return {[self, sock](const message_event& event) {
            if (is_loop_thread()) tell(self, sock, send{event.data, event});
          },
          [self](const close_event&) { self->quit(); }};
}

using worker = served_socket<caf::actor>;

class ServedGroup : public ::testing::Test {
 protected:
  /// A client's datagram and the answer to it.
  class client {
   public:
    client(const endpoint& server, int number) : text_(std::to_string(number)) {
      EXPECT_EQ(sock_.send({payload(text_)}, &server).error, 0);
    }

    /// Whether the answer has come.
    bool has_answer() {
      char buffer[16];
      const auto size = ::recv(sock_.descriptor(), buffer, sizeof(buffer), MSG_DONTWAIT);
      if (size < 0) return false;
      EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(size)), text_);
      return true;
    }

   private:
    std::string text_;
    dgram::socket sock_ = *dgram::socket::open(family::udp4);
  };

  std::vector<worker> serve() {
    auto served = here.net.serve_group(family::udp4, testing::at({"127.0.0.1", 0}), echo);
    if (!served) throw std::runtime_error(describe(served.error()));
    return *std::move(served);
  }

  endpoint address_of(const socket_actor& sock) {
    return *here.ask<endpoint>(sock, get_local_address{});
  }

  /// Each of many clients gets its answer.
  void expect_answers(const endpoint& server) {
    std::vector<client> all;
    for (int i = 0; i < clients; ++i) all.emplace_back(server, i);
    for (auto& each : all) EXPECT_TRUE(comes_true([&] { return each.has_answer(); }));
  }

  /// Identifies the loop of an actor.
  template <class Handle>
  static const void* home_of(const Handle& who) {
    return dynamic_cast<const resident&>(*caf::actor_cast<caf::abstract_actor*>(who)).home();
  }

  system_config config;
  caf::actor_system system{config};
  node here{system, three_loops()};
};

TEST_F(ServedGroup, HasASocketAndAnActorOnEachLoopAllOnOnePort) {
  const auto served = serve();
  ASSERT_EQ(served.size(), loops);
  for (const auto& each : served) EXPECT_EQ(address_of(each.sock), address_of(served[0].sock));
  for (const auto& each : here.net.get_statistics().loops) {
    EXPECT_EQ(each.sockets, 1U);
    EXPECT_EQ(each.actors, 1U);
  }
  for (const auto& each : served) EXPECT_EQ(home_of(each.sock), home_of(each.worker));
}

TEST_F(ServedGroup, AnswersEachClientOnceByTheSocketThatReceived) {
  const auto served = serve();
  expect_answers(address_of(served[0].sock));
  std::uint64_t total = 0;
  for (const auto& each : served) {
    const auto counted = *here.ask<statistics>(each.sock, get_statistics{});
    // By chance none of them would come to one of three once in 10^11 runs.
    EXPECT_GT(counted.received, 0U);
    EXPECT_EQ(counted.sent, counted.received);
    total += counted.sent;
  }
  EXPECT_EQ(total, static_cast<std::uint64_t>(clients));
}

TEST_F(ServedGroup, LosesOnlyTheSocketWhoseActorEnds) {
  const auto served = serve();
  const auto server = address_of(served[0].sock);
  here.self->send_exit(served[1].worker, caf::exit_reason::kill);
  here.self->wait_for(served[1].worker);
  here.self->wait_for(served[1].sock);
  EXPECT_EQ(here.net.open_sockets(), loops - 1);
  expect_answers(server);
}

TEST_F(ServedGroup, LosesOnlyTheActorWhoseSocketCloses) {
  const auto served = serve();
  const auto server = address_of(served[0].sock);
  EXPECT_FALSE(here.tell(served[2].sock, close{}));
  here.self->wait_for(served[2].worker);
  expect_answers(server);
}

/// Has its clients send before it has a behavior, which the datagrams must wait for.
caf::behavior late(caf::event_based_actor* self, const socket_actor& sock,
                   const std::shared_ptr<std::atomic<int>>& heard, const endpoint& server) {
  auto client = *dgram::socket::open(family::udp4);
  for (int i = 0; i < clients; ++i) EXPECT_EQ(client.send({payload("x")}, &server).error, 0);
  // A message to the socket does not start it before its listener is known.
  tell(self, sock, set_ttl{2});
  return {[heard](const message_event&) { ++*heard; }};
}

TEST_F(ServedGroup, LosesNothingThatComesBeforeItsActorsAreThere) {
  // Nobody else's: the workers need it before they can ask their sockets.
  std::random_device random;
  const auto host = absl::StrCat("127.", 1 + random() % 254, ".", random() % 255, ".1");
  const auto server = *endpoint::ip(host, 20'000);
  const auto heard = std::make_shared<std::atomic<int>>(0);
  auto with = testing::at(server);
  with.options = {{option::receive_buffer_size, 1 << 20}};
  ASSERT_TRUE(here.net.serve_group(family::udp4, with, late, heard, server));
  EXPECT_TRUE(comes_true([&] { return *heard == static_cast<int>(loops) * clients; })) << *heard;
}

/// Counts what its socket receives, with a name that came as an argument.
struct named {
  std::string name;
};

caf::behavior stateful(caf::stateful_actor<named>* self, const socket_actor& sock,
                       const std::string& name) {
  state_of(self).name = name;
  return {[self, sock](const std::string& asked) { return asked == state_of(self).name; }};
}

using typed = caf::typed_actor<answers<bool, std::string>>;

typed::behavior_type typed_one(typed::pointer, const socket_actor& sock, const std::string& name) {
  return {[sock, name](const std::string& asked) { return asked == name; }};
}

class of_a_class : public caf::event_based_actor {
 public:
  of_a_class(caf::actor_config& config, const socket_actor& sock, std::string name)
      : caf::event_based_actor(config), name_(std::move(name)) {
    // The socket has not started yet.
    tell(this, sock, set_ttl{2});
  }

  caf::behavior make_behavior() override {
    return {[this](const std::string& asked) { return asked == name_; }};
  }

 private:
  std::string name_;
};

template <class Served>
void expect_named(node& here, const Served& served) {
  ASSERT_TRUE(served) << describe(served.error());
  EXPECT_EQ(served->size(), loops);
  for (const auto& each : *served) {
    send_request(here.self, each.worker, patience, std::string("x"))
        .receive([](bool is_so) { EXPECT_TRUE(is_so); },
                 [](const caf::error& why) { ADD_FAILURE() << describe(why); });
    here.self->send_exit(each.worker, caf::exit_reason::user_shutdown);
    here.self->wait_for(each.sock);
  }
}

TEST_F(ServedGroup, ServesActorsOfEveryKindAndPassesArguments) {
  const auto with = testing::at({"127.0.0.1", 0});
  const std::string name = "x";
  expect_named(here, here.net.serve_group(family::udp4, with, stateful, name));
  expect_named(here, here.net.serve_group(family::udp4, with, typed_one, name));
  expect_named(here, here.net.serve_group<of_a_class>(family::udp4, with, name));
}

TEST_F(ServedGroup, KeepsTheCreditsOfEachSocket) {
  auto with = testing::at({"127.0.0.1", 0});
  with.credits = 0;
  const auto served = here.net.serve_group(family::udp4, with, echo);
  ASSERT_TRUE(served) << describe(served.error());
  const auto server = address_of(served->front().sock);
  std::vector<client> all;
  for (int i = 0; i < clients; ++i) all.emplace_back(server, i);
  const auto counts = [&] {
    std::vector<std::uint64_t> result;
    for (const auto& each : *served) {
      const auto counted = *here.ask<statistics>(each.sock, get_statistics{});
      result.push_back(counted.subscribers.at(0).delivered);
    }
    return result;
  };
  EXPECT_THAT(counts(), ElementsAre(0U, 0U, 0U));
  ASSERT_FALSE(here.tell(served->at(1).sock, grant{served->at(1).worker, 2}));
  EXPECT_TRUE(comes_true([&] { return counts()[1] == 2; }));
  EXPECT_THAT(counts(), ElementsAre(0U, 2U, 0U));
  for (const auto& each : *served) {
    EXPECT_FALSE(here.tell(each.sock, grant{each.worker, clients}));
  }
  for (auto& each : all) EXPECT_TRUE(comes_true([&] { return each.has_answer(); }));
}

/// Throws as the second of its kind; the first keeps itself.
class unmakeable : public caf::event_based_actor {
 public:
  unmakeable(caf::actor_config& config, const socket_actor&,
             const std::shared_ptr<std::vector<caf::actor>>& born)
      : caf::event_based_actor(config) {
    if (!born->empty()) throw std::runtime_error("not this one");
    born->push_back(caf::actor_cast<caf::actor>(this));
  }

  caf::behavior make_behavior() override {
    return {[](const message_event&) {}};
  }
};

TEST_F(ServedGroup, EndsWhatWasMadeIfAnActorCannotBe) {
  const auto born = std::make_shared<std::vector<caf::actor>>();
  const auto with = testing::at({"127.0.0.1", 0});
  EXPECT_THROW(here.net.serve_group<unmakeable>(family::udp4, with, born), std::runtime_error);
  ASSERT_EQ(born->size(), 1U);
  here.self->wait_for(born->front());
  EXPECT_TRUE(comes_true([&] { return here.net.open_sockets() == 0; }));
}

/// Ends before its socket starts, or at some time after that.
caf::behavior brief(caf::event_based_actor* self, const socket_actor&) {
  self->quit();
  return {};
}

TEST_F(ServedGroup, ClosesASocketWhoseActorEndsAtOnce) {
  const auto served = here.net.serve_group(family::udp4, testing::at({"127.0.0.1", 0}), brief);
  ASSERT_TRUE(served);
  for (const auto& each : *served) here.self->wait_for(each.sock);
}

TEST_F(ServedGroup, IsMadeFromAnActorOnALoop) {
  const auto server = *here.net.spawn([net = here.net](caf::event_based_actor*) -> caf::behavior {
    return {[=](int) {
      const auto served = net.serve_group(family::udp4, testing::at({"127.0.0.1", 0}), echo);
      return served ? static_cast<int>(served->size()) : -1;
    }};
  });
  int size = 0;
  send_request(here.self, server, patience, 0)
      .receive([&](int answer) { size = answer; },
               [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  EXPECT_EQ(size, static_cast<int>(loops));
}

TEST_F(ServedGroup, OfHiddenActorsIsNotWaitedForButEnds) {
  {
    const runtime net(system, three_loops());
    ASSERT_TRUE(net.serve_group<caf::hidden>(family::udp4, testing::at({"127.0.0.1", 0}), echo));
  }
  {
    const runtime net(system, three_loops());
    auto with = testing::at({"127.0.0.1", 0});
    with.referenced = false;
    const auto served = net.serve_group(family::udp4, with, echo);
    ASSERT_TRUE(served);
    for (const auto& each : *served) caf::anon_send_exit(each.worker, caf::exit_reason::kill);
  }
}

/// Has the network end between the steps.
class ending_the_network : public caf::event_based_actor {
 public:
  ending_the_network(caf::actor_config& config, const socket_actor&, const runtime& net)
      : caf::event_based_actor(config) {
    net.shutdown();
  }

  caf::behavior make_behavior() override {
    return {[](const message_event&) {}};
  }
};

TEST_F(ServedGroup, FailsIfTheNetworkEndsMeanwhileAndLeavesNothing) {
  for (const bool is_referenced : {true, false}) {
    const runtime net(system, three_loops());
    auto with = testing::at({"127.0.0.1", 0});
    with.referenced = is_referenced;
    const auto served = net.serve_group<ending_the_network>(family::udp4, with, net);
    ASSERT_FALSE(served);
    EXPECT_THAT(served.error(), FailsWith(errc::closed));
    EXPECT_TRUE(comes_true([&] { return net.open_sockets() == 0; }));
  }
}

TEST_F(ServedGroup, MadeWhileTheNetworkShutsDownFailsOrEnds) {
  for (int i = 0; i < 100; ++i) {
    const runtime net(system, three_loops());
    std::thread other([&] { net.shutdown(); });
    const auto served = net.serve_group(family::udp4, testing::at({"127.0.0.1", 0}), echo);
    other.join();
    if (served) {
      for (const auto& each : *served) here.self->wait_for(each.sock);
    } else {
      EXPECT_THAT(served.error(), FailsWith(errc::closed));
    }
  }
}

TEST_F(ServedGroup, RefusesWhatItCannotServeAndNamesIt) {
  const auto serve = [&](family f, const open_options& with) {
    return describe(here.net.serve_group(f, with, echo).error());
  };
  auto with = testing::at({"127.0.0.1", 0});
  EXPECT_EQ(serve(family::unix_dgram, testing::at(address::path("/tmp/x"))),
            "serve_group \"/tmp/x\": a group needs UDP addresses in numbers");
  EXPECT_EQ(serve(family::udp4, testing::at({"localhost", 0})),
            "serve_group \"localhost\" port 0: a group needs UDP addresses in numbers");
  with.listener = here.self;
  EXPECT_EQ(serve(family::udp4, with),
            "serve_group listener: each socket has its worker as listener and owner");
  with.listener = nullptr;
  with.credits = -7;
  EXPECT_EQ(serve(family::udp4, with), "subscribe with -7 credits: at least 0");
  with.credits = 0;
  with.owner = here.self;
  EXPECT_EQ(serve(family::udp4, with),
            "serve_group owner: each socket has its worker as listener and owner");
  EXPECT_EQ(here.net.open_sockets(), 0U);
}

TEST_F(ServedGroup, IsRefusedAfterTheShutdown) {
  here.net.shutdown();
  const auto served = here.net.serve_group(family::udp4, testing::at({"127.0.0.1", 0}), echo);
  ASSERT_FALSE(served);
  EXPECT_THAT(served.error(), FailsWith(errc::closed));
}

TEST_F(ServedGroup, EndsWithTheNetwork) {
  const auto served = serve();
  here.net.shutdown();
  for (const auto& each : served) {
    here.self->wait_for(each.sock);
    here.self->wait_for(each.worker);
  }
  EXPECT_EQ(here.net.open_sockets(), 0U);
}

}  // namespace
}  // namespace dgram::testing
