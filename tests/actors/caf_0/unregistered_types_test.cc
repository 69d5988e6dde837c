/// CAF 0.17 needs the registration of types only where nodes talk to each other.
#include <caf/all.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

#include "caf_dgram/actors/ask.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/message_types.h"
#include "tests/support/networked.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

TEST(MessageTypes, AreMissedWithTheCallThatRegistersThem) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  const auto why = check_message_types(system);
  EXPECT_EQ(code_of(why), errc::not_registered);
  EXPECT_THAT(describe(why), HasSubstr("dgram::add_message_types(config)"));
}

/// Nodes of which not all have registered the message types.
class UnregisteredTypes : public ::testing::Test {
 protected:
  struct plain : caf::actor_system_config {
    plain() { load<caf::io::middleman>(); }
  };

  void publish_from(caf::actor_system& system) {
    there.emplace(system);
    const auto published = system.middleman().publish(there->open(family::udp4), 0, "127.0.0.1");
    ASSERT_TRUE(published) << to_string(published.error());
    port = *published;
  }

  networked_config registered;
  plain here_config;
  plain there_config;
  caf::actor_system here{here_config};
  caf::actor_system registered_here{registered};
  caf::actor_system there_system{there_config};
  std::optional<node> there;
  std::uint16_t port = 0;
};

TEST_F(UnregisteredTypes, OfBothNodesAreNamedByTheFirstAsk) {
  publish_from(there_system);
  const auto sock = here.middleman().remote_actor<socket_actor>("127.0.0.1", port);
  ASSERT_TRUE(sock) << to_string(sock.error());
  caf::scoped_actor self{here};
  const auto why = dgram::ask(self, *sock, bind{0}, patience).error();
  EXPECT_THAT(why, FailsWith(errc::not_registered));
}

TEST_F(UnregisteredTypes, OfOneNodeAreNamedWhenItsSocketIsLookedUp) {
  publish_from(there_system);
  const auto sock = registered_here.middleman().remote_actor<socket_actor>("127.0.0.1", port);
  ASSERT_FALSE(sock);
  EXPECT_THAT(describe(sock.error()), HasSubstr("dgram::add_message_types(config)"));
}

TEST_F(UnregisteredTypes, OfTheOtherNodeAreNamedWhenASocketIsLookedUp) {
  publish_from(registered_here);
  const auto sock = here.middleman().remote_actor<socket_actor>("127.0.0.1", port);
  ASSERT_FALSE(sock);
  EXPECT_THAT(describe(sock.error()), HasSubstr("dgram::add_message_types(config)"));
}

TEST_F(UnregisteredTypes, AreNamedWhenAnActorOfAnotherNodeIsSubscribed) {
  const auto echo =
      registered_here.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  const auto at = registered_here.middleman().publish(echo, 0, "127.0.0.1");
  ASSERT_TRUE(at) << to_string(at.error());
  const auto subscriber = there_system.middleman().remote_actor("127.0.0.1", *at);
  ASSERT_TRUE(subscriber) << to_string(subscriber.error());
  there.emplace(there_system);
  const auto why = there->tell(there->open(family::udp4), subscribe{*subscriber});
  EXPECT_THAT(why, FailsWith(errc::not_registered));
  EXPECT_THAT(describe(why), HasSubstr("dgram::add_message_types(config)"));
  caf::anon_send_exit(echo, caf::exit_reason::user_shutdown);
}

TEST_F(UnregisteredTypes, AreNotToBlameForWhatFailsWithinANode) {
  caf::scoped_actor self{here};
  const auto silent = here.spawn([](caf::blocking_actor* me) { me->receive([](int) {}); });
  const auto answer = dgram::ask(self, caf::actor_cast<socket_actor>(silent), get_local_address{},
                                 std::chrono::milliseconds(1));
  EXPECT_EQ(answer.error(), caf::sec::request_timeout);
  send_message(self, silent, 0);
}

}  // namespace
}  // namespace dgram::testing
