#include "caf_dgram/actors/caf_1/metrics.h"

#include <caf/io/middleman.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <array>
#include <map>
#include <sstream>
#include <string>

#include "caf_dgram/dgram/posix/unique_fd.h"
#include "tests/support/comes_true.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {
namespace {

using std::chrono::milliseconds;

struct scraped_config : system_config {
  scraped_config() {
    load_module<caf::io::middleman>(*this);
    set("caf.middleman.prometheus-http.port", std::uint16_t{0});
    set("caf.middleman.prometheus-http.address", "127.0.0.1");
  }
};

/// What CAF's Prometheus endpoint says: values by "name{label="value",…}".
std::map<std::string, std::uint64_t> scrape(caf::actor_system& system) {
  const unique_fd connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = ::htons(system.middleman().prometheus_scraping_port());
  to.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  const std::string request =
      "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (::connect(connection.get(), reinterpret_cast<const ::sockaddr*>(&to), sizeof to) != 0 ||
      ::send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    ADD_FAILURE() << "no endpoint";
    return {};
  }
  std::string text;
  std::array<char, 4096> buffer{};
  for (auto got = ::recv(connection.get(), buffer.data(), buffer.size(), 0); got > 0;
       got = ::recv(connection.get(), buffer.data(), buffer.size(), 0)) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  std::map<std::string, std::uint64_t> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("dgram_", 0) != 0) continue;
    const auto space = line.find(' ');
    values[line.substr(0, space)] = std::stoull(line.substr(space + 1));
  }
  return values;
}

class Metrics : public ::testing::Test {
 protected:
  scraped_config config;
  caf::actor_system system{config};
  node here{system};
};

TEST_F(Metrics, OnTheEndpointEqualASocketsStatistics) {
  const auto opened = here.open_bound(family::udp4);
  const auto& sock = opened.first;
  const auto& at = opened.second;
  export_statistics(sock, "server", milliseconds(1));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(here.ask<std::uint64_t>(sock, dgram::send{"hello", at}));
  }
  const std::map<std::string, std::uint64_t statistics::*> expected{
      {"received_total", &statistics::received},
      {"received_bytes_total", &statistics::received_bytes},
      {"undelivered_total", &statistics::undelivered},
      {"sent_total", &statistics::sent},
      {"sent_bytes_total", &statistics::sent_bytes},
      {"pauses_total", &statistics::pauses},
      {"held_bytes", &statistics::held_bytes},
      {"queued", &statistics::queued},
      {"queued_bytes", &statistics::queued_bytes}};
  EXPECT_TRUE(comes_true([&] {
    const auto counted = *here.ask<statistics>(sock, get_statistics{});
    auto values = scrape(system);
    return counted.received == 20 &&
           std::all_of(expected.begin(), expected.end(), [&](const auto& each) {
             const auto found = values.find("dgram_socket_" + each.first + "{name=\"server\"}");
             return found != values.end() && found->second == counted.*each.second;
           });
  })) << to_string(*here.ask<statistics>(sock, get_statistics{}))
      << ::testing::PrintToString(scrape(system));
}

TEST_F(Metrics, CountErrorsByErrno) {
  open_options with;
  with.peer = {"127.0.0.1", 1};
  const auto sock = here.open(family::udp4, with);
  export_statistics(sock, "client", milliseconds(1));
  EXPECT_TRUE(comes_true([&] {
    tell(here.self, sock, dgram::send{"x"});
    return scrape(system)["dgram_socket_errors_total{errno=\"ECONNREFUSED\",name=\"client\"}"] > 0;
  })) << ::testing::PrintToString(scrape(system));
}

TEST_F(Metrics, OfSocketsWithOneNameAreSummedAndCountsOutliveTheSocket) {
  const auto [first, at] = here.open_bound(family::udp4);
  const auto [second, to] = here.open_bound(family::udp4);
  export_statistics(first, "both", milliseconds(1));
  export_statistics(second, "both", milliseconds(1));
  ASSERT_TRUE(here.ask<std::uint64_t>(first, dgram::send{"x", to}));
  ASSERT_TRUE(here.ask<std::uint64_t>(second, dgram::send{"x", at}));
  const auto sent = [&] { return scrape(system)["dgram_socket_sent_total{name=\"both\"}"]; };
  ASSERT_TRUE(comes_true([&] { return sent() == 2; }));
  ASSERT_FALSE(here.tell(first, close{}));
  here.self->wait_for(first);
  EXPECT_EQ(sent(), 2U);
}

TEST_F(Metrics, OfARuntimeFollowItAndDoNotKeepItAlive) {
  const auto sock = here.open(family::udp4);
  export_statistics(here.net, "net", milliseconds(1));
  EXPECT_TRUE(comes_true([&] {
    auto values = scrape(system);
    return values["dgram_runtime_opened_total{name=\"net\"}"] == 1 &&
           values["dgram_runtime_open{name=\"net\"}"] == 1 &&
           values["dgram_runtime_sockets{loop=\"0\",name=\"net\"}"] == 1;
  })) << ::testing::PrintToString(scrape(system));
  socket_actor lost;
  {
    node other{system};
    export_statistics(other.net, "other", milliseconds(1));
    lost = other.open(family::udp4);
  }
  here.self->wait_for(lost);
}

TEST_F(Metrics, OfNothingAreIgnored) { export_statistics(socket_actor(), "none"); }

}  // namespace
}  // namespace dgram::testing
