#include <caf/all.hpp>

#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/error.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

TEST(ErrorText, IsInWhatCafPrints) {
  const system_config registers_types;
  const auto why = to_error(failure(errc::closed, "send", "", "the socket is closed"));
  EXPECT_EQ(to_string(why), "closed(\"send: the socket is closed\", 0)");
  EXPECT_EQ(to_string(caf::make_error(errc::closed)), "closed");
}

}  // namespace
}  // namespace dgram::testing
