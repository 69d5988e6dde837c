/// CAF 1.x needs the registration of types even within a process.
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <stdexcept>

#include "caf_dgram/actors/message_types.h"
#include "caf_dgram/actors/runtime.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

// Registration is once for all and cannot be undone: one test for what is before and after.
TEST(UnregisteredTypes, AreNamedByTheRuntimeUntilTheyAreRegistered) {
  caf::core::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  EXPECT_THAT(check_message_types(system), FailsWith(errc::not_registered));
  try {
    const runtime net{system};
    ADD_FAILURE() << "a runtime without message types";
  } catch (const std::runtime_error& why) {
    EXPECT_THAT(why.what(), HasSubstr("dgram::add_message_types(config)"));
  }
  add_message_types(config);
  EXPECT_FALSE(check_message_types(system));
  node here{system};
  EXPECT_TRUE(here.net.open(family::udp4));
}

}  // namespace
}  // namespace dgram::testing
