#include "caf_dgram/actors/message_types.h"

#include <caf/all.hpp>

#include "caf_dgram/actors/config.h"
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

}  // namespace
}  // namespace dgram::testing
