#include <cerrno>
#include <filesystem>
#include <string>

#include "caf_dgram/actors/compat/sending.h"
#include "tests/support/scripted_resolver.h"
#include "tests/support/socket_test.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unresolvable.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;
using Bind = SocketTest;

TEST_F(Bind, AnswersWithTheEndpointAndPublishesListening) {
  for (const auto f : {family::udp4, family::udp6}) {
    const auto sock = here.open(f, here.probe());
    const auto local = here.ask<endpoint>(sock, bind{endpoint::loopback(f, 0)});
    ASSERT_TRUE(local) << describe(local.error());
    EXPECT_NE(local->port(), 0);
    EXPECT_EQ(here.next_line(), "listening " + local->to_string());
    EXPECT_EQ(*here.ask<endpoint>(sock, get_local_address{}), *local);
  }
}

TEST_F(Bind, TakesAPortAlone) {
  const auto local = here.ask<endpoint>(here.open(family::udp4), bind{0});
  ASSERT_TRUE(local);
  EXPECT_EQ(local->host(), "0.0.0.0");
  // That port is taken now, on every address.
  EXPECT_EQ(errno_of(here.error_of<endpoint>(here.open(family::udp4), bind{local->port()})),
            EADDRINUSE);
}

TEST_F(Bind, TakesNothingAtAllForUdp) {
  const auto local = here.ask<endpoint>(here.open(family::udp6), bind{});
  ASSERT_TRUE(local);
  EXPECT_EQ(local->host(), "::");
  EXPECT_NE(local->port(), 0);
}

TEST_F(Bind, TakesAnAddressAndAPort) {
  const auto local = here.ask<endpoint>(here.open(family::udp4), bind{{"127.0.0.1", 0}});
  ASSERT_TRUE(local) << describe(local.error());
  EXPECT_EQ(local->host(), "127.0.0.1");
}

TEST_F(Bind, TakesAHostName) {
  const auto local = here.ask<endpoint>(here.open(family::udp4), bind{{"localhost", 0}});
  ASSERT_TRUE(local) << describe(local.error());
  EXPECT_EQ(local->host(), "127.0.0.1");
}

TEST_F(Bind, TakesAUnixPathAndRemovesItsFileAtClose) {
  const temp_dir directory;
  const auto sock = here.open(family::unix_dgram, here.probe());
  const auto local = here.ask<endpoint>(sock, bind{address::path(directory.file("s"))});
  ASSERT_TRUE(local) << describe(local.error());
  EXPECT_EQ(local->path(), directory.file("s"));
  EXPECT_EQ(here.next_line(), "listening unix:" + directory.file("s"));
  EXPECT_TRUE(std::filesystem::exists(directory.file("s")));
  EXPECT_FALSE(here.tell(sock, close{}));
  EXPECT_FALSE(std::filesystem::exists(directory.file("s")));
}

TEST_F(Bind, TakesAnAbstractName) {
  const std::string name = std::string("\0caf-dgram-bind-", 16) + std::to_string(::getpid());
  const auto local = here.ask<endpoint>(here.open(family::unix_dgram), bind{address::path(name)});
  ASSERT_TRUE(local) << describe(local.error());
  EXPECT_EQ(local->path(), name);
}

TEST_F(Bind, LeavesAStalePathUnlessAsked) {
  const temp_dir directory;
  const auto path = address::path(directory.file("s"));
  const auto dead = here.open(family::unix_dgram);
  ASSERT_TRUE(here.ask<endpoint>(dead, bind{path}));
  std::filesystem::rename(directory.file("s"), directory.file("kept"));
  ASSERT_FALSE(here.tell(dead, close{}));
  std::filesystem::rename(directory.file("kept"), directory.file("s"));

  const auto sock = here.open(family::unix_dgram);
  const auto refused = here.error_of<endpoint>(sock, bind{path});
  EXPECT_EQ(errno_of(refused), EADDRINUSE);
  EXPECT_THAT(describe(refused), HasSubstr(directory.file("s")));
  EXPECT_TRUE(here.ask<endpoint>(sock, bind{path, true}));
}

TEST_F(Bind, FailsTheSecondTime) {
  const auto [sock, local] = here.open_bound(family::udp4);
  EXPECT_THAT(here.error_of<endpoint>(sock, bind{0}), FailsWith(errc::already_bound));
  EXPECT_EQ(*here.ask<endpoint>(sock, get_local_address{}), local);
}

TEST_F(Bind, TellsAConflictWithAddressAndErrnoAndMayBeTriedAgain) {
  const auto [first, local] = here.open_bound(family::udp4);
  const auto sock = here.open(family::udp4);
  const auto why = here.error_of<endpoint>(sock, bind{local});
  EXPECT_THAT(why, FailsWith(errc::system_error));
  EXPECT_EQ(describe(why), "bind " + local.to_string() + ": EADDRINUSE (Address already in use)");
  EXPECT_TRUE(here.ask<endpoint>(sock, bind{endpoint::loopback(family::udp4, 0)}));
}

TEST_F(Bind, RefusesBadAddressesBeforeAnySystemCall) {
  const auto sock = here.open(family::udp4);
  const auto refusal = [&](const address& where) {
    const auto why = here.error_of<endpoint>(sock, bind{where});
    EXPECT_EQ(errno_of(why), 0) << describe(why);
    EXPECT_THAT(describe(why), HasSubstr("bind"));
    return code_of(why);
  };
  EXPECT_EQ(refusal(65'536), errc::invalid_port);
  EXPECT_EQ(refusal(-1), errc::invalid_port);
  EXPECT_EQ(refusal({"127.0.0.1", 70'000}), errc::invalid_port);
  EXPECT_EQ(refusal({"", 0}), errc::invalid_name);
  EXPECT_EQ(refusal(endpoint::loopback(family::udp6, 0)), errc::wrong_family);
  EXPECT_EQ(refusal(address::path("/tmp/x")), errc::wrong_family);
  EXPECT_EQ(code_of(here.error_of<endpoint>(here.open(family::unix_dgram),
                                            bind{address::path(std::string(200, 'x'))})),
            errc::invalid_path);
  EXPECT_TRUE(here.ask<endpoint>(sock, bind{0}));
}

TEST_F(Bind, TellsAnAddressThatIsNotThisHosts) {
  const auto why = here.error_of<endpoint>(here.open(family::udp4), bind{{"192.0.2.1", 0}});
  EXPECT_EQ(errno_of(why), EADDRNOTAVAIL);
  EXPECT_THAT(describe(why), HasSubstr("192.0.2.1"));
}

TEST_F(Bind, SentWithoutRequestTellsItsErrorToSubscribers) {
  const auto sock = here.open(family::udp4, here.probe());
  tell(here.self, sock, bind{70'000});
  EXPECT_EQ(here.next_line(), "error bind port 70000: the port must be 0 to 65535");
}

TEST_F(Bind, WithANameHoldsBackWhatFollowsUntilItIsDone) {
  scripted_resolver script(system);
  auto options = test_options();
  options.resolver = script.handle();
  node there(system, options);
  const auto sock = there.open(family::udp4);
  auto bound = send_request(there.self, sock, patience, bind{{"here.test", 0}});
  auto local = send_request(there.self, sock, patience, get_local_address{});
  EXPECT_EQ(script.await_question(), "udp4 here.test");
  script.answer_all(endpoint::loopback(family::udp4, 0));
  endpoint expected;
  const auto fail = [](const caf::error& why) { ADD_FAILURE() << describe(why); };
  std::move(bound).receive([&](const endpoint& e) { expected = e; }, fail);
  std::move(local).receive([&](const endpoint& e) { EXPECT_EQ(e, expected); }, fail);
  EXPECT_EQ(expected.host(), "127.0.0.1");
}

TEST_F(Bind, WithANameThatDoesNotResolveLeavesTheSocketUnbound) {
  const auto sock = here.open(family::udp4);
  EXPECT_THAT(here.error_of<endpoint>(sock, bind{{unresolvable, 0}}),
              FailsWith(errc::name_not_resolved));
  EXPECT_THAT(here.error_of<endpoint>(sock, get_local_address{}), FailsWith(errc::not_bound));
  EXPECT_TRUE(here.ask<endpoint>(sock, bind{0}));
}

TEST_F(Bind, LocalAddressOfAnUnboundSocketIsAnError) {
  for (const auto f : {family::udp4, family::udp6, family::unix_dgram}) {
    EXPECT_THAT(here.error_of<endpoint>(here.open(f), get_local_address{}),
                FailsWith(errc::not_bound));
  }
}

TEST_F(Bind, WithANameIsAnsweredAlsoIfAnUrgentOneFollows) {
  scripted_resolver script(system);
  auto options = test_options();
  options.resolver = script.handle();
  node there(system, options);
  const auto sock = there.open(family::udp4, there.probe());
  auto bound = send_request(there.self, sock, caf::infinite, bind{{"here.test", 0}});
  EXPECT_EQ(script.await_question(), "udp4 here.test");
  send_shared(nullptr, caf::actor_cast<caf::strong_actor_ptr>(sock),
              caf::make_message_id(caf::message_priority::high),
              caf::make_message(bind{{"other.test", 0}}), nullptr);
  script.answer_all(endpoint::loopback(family::udp4, 0));
  std::move(bound).receive([](const endpoint& e) { EXPECT_EQ(e.host(), "127.0.0.1"); },
                           [](const caf::error& why) { ADD_FAILURE() << describe(why); });
  EXPECT_THAT(there.next_line(), HasSubstr("listening 127.0.0.1:"));
  EXPECT_THAT(there.await<error_event>().reason, FailsWith(errc::already_bound));
}

}  // namespace
}  // namespace dgram::testing
