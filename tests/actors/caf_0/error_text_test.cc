#include <caf/all.hpp>

#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/error.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

TEST(ErrorText, IsWhatCafPrints) {
  system_config config;
  caf::actor_system system{config};
  const auto why = to_error(failure(errc::closed, "send", "", "the socket is closed"));
  EXPECT_EQ(system.render(why), "send: the socket is closed");
  EXPECT_EQ(system.render(caf::make_error(errc::closed)), "closed");
}

}  // namespace
}  // namespace dgram::testing
