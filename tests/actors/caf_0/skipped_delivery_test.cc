/// With CAF 0.17, an actor on a loop handles events without a mailbox, and may skip them.
#include <caf/all.hpp>

#include <string>

#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

/// Skips everything until it gets a number; passes datagrams on from then on.
caf::behavior skipping(caf::event_based_actor* self, const caf::actor& to) {
  self->set_default_handler(caf::skip);
  return {[=](int) {
    self->become([=](const message_event& event) {
      send_message(self, to, std::string(event.data.view()));
    });
  }};
}

using SkippedDelivery = SocketTest;

TEST_F(SkippedDelivery, ComesOnceTheActorTakesIt) {
  const auto actor = *here.net.spawn(skipping, caf::actor(here.self));
  const auto sock = *here.net.open(family::udp4, actor, {"127.0.0.1", 0});
  const auto to = *here.ask<endpoint>(sock, get_local_address{});
  auto client = *dgram::socket::open(family::udp4);
  const auto send = [&](const char* text) {
    ASSERT_EQ(client.send({payload(text)}, &to).error, 0);
  };
  send("a");
  EXPECT_TRUE(here.await_counts(sock, [](const statistics& now) { return now.received == 1; }));
  send("b");
  EXPECT_TRUE(here.await_counts(sock, [](const statistics& now) { return now.received == 2; }));
  EXPECT_FALSE(here.self->has_next_message());
  send_message(here.self, actor, 1);
  EXPECT_EQ(here.await<std::string>(), "a");
  EXPECT_EQ(here.await<std::string>(), "b");
  send("c");
  EXPECT_EQ(here.await<std::string>(), "c");
}

}  // namespace
}  // namespace dgram::testing
