#include <cstring>
#include <string>

#include "caf_dgram/actors/compat/own_actor.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"

namespace dgram::testing {
namespace {

/// Sends every datagram back.
caf::behavior echo(caf::event_based_actor* self) {
  return quiet_behavior<caf::behavior>(*self, [self](const message_event& event) {
    tell(self, caf::actor_cast<socket_actor>(self->current_sender()),
         dgram::send{event.data, event.sender});
  });
}

class Echo : public ::testing::TestWithParam<family> {
 protected:
  address local(const char* name) const {
    return GetParam() == family::unix_dgram ? address::path(directory.file(name))
                                            : address(endpoint::loopback(GetParam(), 0));
  }

  temp_dir directory;
  system_config config;
  caf::actor_system system{config};
  node here{system};
};

INSTANTIATE_TEST_SUITE_P(Families, Echo,
                         ::testing::Values(family::udp4, family::udp6, family::unix_dgram),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(Echo, TenThousandDatagramsComeEachWayInOrder) {
  constexpr int total = 10'000;
  // Few enough in flight that no queue on the way overflows.
  constexpr int window = 64;
  const auto server = here.open(GetParam(), system.spawn(echo));
  const auto at = here.ask<endpoint>(server, bind{local("server")});
  ASSERT_TRUE(at) << describe(at.error());
  const auto client = here.open(GetParam(), here.probe());
  ASSERT_TRUE(here.ask<endpoint>(client, bind{local("client")}));
  here.await<listening_event>();

  int sent = 0;
  const auto send_next = [&] { tell(here.self, client, dgram::send{std::to_string(sent++), *at}); };
  while (sent < window) send_next();
  for (int received = 0; received < total; ++received) {
    const auto event = here.await<message_event>();
    ASSERT_EQ(event.data.view(), std::to_string(received));
    ASSERT_EQ(event.sender, *at);
    if (sent < total) send_next();
  }
  EXPECT_EQ(sent, total);
}

}  // namespace
}  // namespace dgram::testing
