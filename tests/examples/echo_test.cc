// The echo pairs as programs: against each other and against socat.

#include <csignal>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace dgram::testing {
namespace {

using ::testing::HasSubstr;

/// The part of a program's output behind a text, up to the end of the line.
std::string after(const process& program, const std::string& text) {
  const auto begin = program.output().find(text) + text.size();
  return program.output().substr(begin, program.output().find('\n', begin) - begin);
}

/// A udp_echo_server on a free port of an address.
class udp_server {
 public:
  explicit udp_server(const std::string& address)
      : program({example("udp_echo_server"), "--address=" + address, "--port=0"}) {
    EXPECT_TRUE(program.await_output("listening on ")) << program.output();
    EXPECT_TRUE(program.await_output("\n"));
    const auto where = after(program, "listening on ");
    port = where.substr(where.rfind(':') + 1);
  }

  process program;
  std::string port;
};

TEST(UdpEcho, ServerAndClientTalkOverIpv4AndIpv6) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    udp_server server(address);
    process client({example("udp_echo_client"), "--host=" + address, "--port=" + server.port,
                    address == "::1" ? "--ipv6" : "--noipv6", "--message=hi", "--count=3"});
    EXPECT_EQ(client.await_exit(), 0) << client.output();
    EXPECT_THAT(client.output(), HasSubstr("hi from "));
    server.program.signal(SIGTERM);
    EXPECT_EQ(server.program.await_exit(), 0) << server.program.output();
  }
}

TEST(UdpEcho, ClientFindsItsServerByName) {
  udp_server server("127.0.0.1");
  EXPECT_THAT(run({example("udp_echo_client"), "--host=localhost", "--port=" + server.port}),
              HasSubstr("hello from 127.0.0.1:" + server.port));
}

TEST(UdpEcho, ClientFailsWhenNobodyIsThere) {
  std::string port;
  {
    const udp_server gone("127.0.0.1");
    port = gone.port;
  }
  process client({example("udp_echo_client"), "--port=" + port});
  EXPECT_EQ(client.await_exit(), 1);
  EXPECT_THAT(client.output(), HasSubstr("ECONNREFUSED"));
}

TEST(UdpEcho, ServerTellsAnAddressItCannotHave) {
  const udp_server first("127.0.0.1");
  process second({example("udp_echo_server"), "--port=" + first.port});
  EXPECT_EQ(second.await_exit(), 1);
  EXPECT_THAT(second.output(), HasSubstr("EADDRINUSE"));
}

TEST(UdpEcho, ServerAnswersSocat) {
  const udp_server server("127.0.0.1");
  EXPECT_EQ(
      run({"bash", "-c",
           "head -c 10 < <(exec 2>/dev/null; printf 'from socat' | socat -t 5 - UDP4:127.0.0.1:" +
               server.port + ",shut-none)"}),
      "from socat");
}

TEST(UdpEcho, ClientIsAnsweredBySocat) {
  // socat cannot choose a port: take one that was free a moment ago.
  std::string port;
  {
    const udp_server gone("127.0.0.1");
    port = gone.port;
  }
  process socat({"socat", "-d", "-d", "UDP4-RECVFROM:" + port + ",bind=127.0.0.1,fork", "PIPE"});
  ASSERT_TRUE(socat.await_output("receiving on")) << socat.output();
  EXPECT_THAT(run({example("udp_echo_client"), "--port=" + port, "--message=hi", "--count=3"}),
              HasSubstr("hi from 127.0.0.1:" + port));
}

TEST(UnixEcho, ServerAndClientTalk) {
  const temp_dir directory;
  const auto path = directory.file("echo");
  process server({example("unix_echo_server"), "--path=" + path});
  ASSERT_TRUE(server.await_output("listening on unix:" + path)) << server.output();
  EXPECT_THAT(run({example("unix_echo_client"), "--path=" + path, "--message=hi"}),
              HasSubstr("hi from unix:" + path));
  server.signal(SIGINT);
  EXPECT_EQ(server.await_exit(), 0) << server.output();
}

TEST(UnixEcho, ServerTakesOverTheFileOfOneThatWasKilled) {
  const temp_dir directory;
  const auto path = directory.file("echo");
  {
    process killed({example("unix_echo_server"), "--path=" + path});
    ASSERT_TRUE(killed.await_output("listening")) << killed.output();
  }
  process refused({example("unix_echo_server"), "--path=" + path});
  EXPECT_EQ(refused.await_exit(), 1);
  EXPECT_THAT(refused.output(), HasSubstr("EADDRINUSE"));
  process server({example("unix_echo_server"), "--path=" + path, "--replace"});
  ASSERT_TRUE(server.await_output("listening")) << server.output();
  EXPECT_THAT(run({example("unix_echo_client"), "--path=" + path}), HasSubstr("hello from"));
}

TEST(UnixEcho, ClientFailsWhenNobodyIsThere) {
  const temp_dir directory;
  process client({example("unix_echo_client"), "--path=" + directory.file("none")});
  EXPECT_EQ(client.await_exit(), 1);
  EXPECT_THAT(client.output(), HasSubstr("ENOENT"));
}

TEST(UnixEcho, ServerAnswersSocat) {
  const temp_dir directory;
  const auto path = directory.file("echo");
  process server({example("unix_echo_server"), "--path=" + path});
  ASSERT_TRUE(server.await_output("listening")) << server.output();
  EXPECT_EQ(
      run({"bash", "-c",
           "head -c 10 < <(exec 2>/dev/null; printf 'from socat' | socat -t 5 - UNIX-SENDTO:" +
               path + ",bind=" + directory.file("client") + ",shut-none)"}),
      "from socat");
}

TEST(UnixEcho, ClientIsAnsweredBySocat) {
  const temp_dir directory;
  const auto path = directory.file("echo");
  process socat({"socat", "-d", "-d", "UNIX-RECVFROM:" + path + ",fork", "PIPE"});
  ASSERT_TRUE(socat.await_output("receiving on")) << socat.output();
  EXPECT_THAT(run({example("unix_echo_client"), "--path=" + path, "--message=hi"}),
              HasSubstr("hi from unix:" + path));
}

}  // namespace
}  // namespace dgram::testing
