#include "caf_dgram/actors/message_types.h"

#include <caf/all.hpp>

#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/registration.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/resolver.h"
#include "caf_dgram/actors/socket_actor.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

TEST(MessageTypes, AreRegisteredByOneCall) {
  caf::actor_system_config config;
  add_message_types(config);
  caf::actor_system system{config};
  EXPECT_FALSE(check_message_types(system));
}

TEST(MessageTypes, AreRegisteredBySystemConfig) {
  system_config config;
  caf::actor_system system{config};
  EXPECT_FALSE(check_message_types(system));
}

TEST(MessageTypes, AreOfEveryList) {
  system_config config;
  caf::actor_system system{config};
  EXPECT_TRUE(is_registered<dgram::send>(system));
  EXPECT_TRUE(is_registered<get_statistics>(system));
  EXPECT_TRUE(is_registered<option_value>(system));
  EXPECT_TRUE(is_registered<message_event>(system));
  EXPECT_TRUE(is_registered<drain_event>(system));
  EXPECT_TRUE(is_registered<resolve>(system));
  EXPECT_TRUE(is_registered<resolved>(system));
  EXPECT_TRUE(is_registered<socket_actor>(system));
}

}  // namespace
}  // namespace dgram::testing
