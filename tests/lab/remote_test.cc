// A subscriber on another host, whose link is cut.

#include <memory>
#include <string>

#include "caf_dgram/dgram/posix/socket.h"
#include "tests/support/lab_node.h"
#include "tests/support/networked.h"

namespace dgram::testing {
namespace {

using ::testing::SizeIs;

/// A host's node of CAF's network.
class networked_host {
 public:
  explicit networked_host(const lab_host& host) {
    // CAF's threads inherit the namespace of the thread that starts them.
    host.run([&] { system_ = std::make_unique<caf::actor_system>(config_); });
  }

  caf::actor_system& system() { return *system_; }

 private:
  networked_config config_;
  std::unique_ptr<caf::actor_system> system_;
};

class RemoteAcrossHosts : public ::testing::Test {
 protected:
  RemoteAcrossHosts() {
    a_host.run([&] {
      open_options options;
      options.local = endpoint::loopback(family::udp4, 0);
      options.remote_unacknowledged = 65'536;
      options.receive_offload = false;
      sock = a->open(family::udp4, options);
      client = *dgram::socket::open(family::udp4);
    });
    at = *a->ask<endpoint>(sock, get_local_address{});
    remote =
        look_up(on_b.system(), eth_a.ipv4, publish_on_free_port(on_a.system(), sock, "0.0.0.0"));
  }

  statistics counted() { return *a->ask<statistics>(sock, get_statistics{}); }

  void send(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(client.send({std::to_string(next++)}, &at).error, 0);
      ASSERT_TRUE(a->await_counts(sock, [this](const statistics& s) {
        return s.received + s.kernel_drops >= static_cast<std::uint64_t>(next) || s.pauses > 0;
      }));
    }
  }

  lab net;
  lab_bridge& bridge = net.bridge();
  lab_host& a_host = net.host();
  lab_host& b_host = net.host();
  const lab_interface eth_a = a_host.attach(bridge);
  const lab_interface eth_b = b_host.attach(bridge);
  networked_host on_a{a_host};
  networked_host on_b{b_host};
  lab_node a{a_host, on_a.system()};
  caf::scoped_actor self{on_b.system()};
  socket_actor sock;
  socket_actor remote;
  endpoint at;
  dgram::socket client = *dgram::socket::open(family::udp4);
  int next = 0;
};

TEST_F(RemoteAcrossHosts, AShortCutOfTheLinkLosesNothing) {
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  send(10);
  b_host.set_link(eth_b, false);
  send(100);
  b_host.set_link(eth_b, true);
  send(10);
  for (int i = 0; i < next; ++i) {
    self->receive(
        [&](const message_event& event) { EXPECT_EQ(event.data.view(), std::to_string(i)); },
        caf::after(patience) >> [&] { ADD_FAILURE() << i << " did not come"; });
  }
  EXPECT_THAT(counted().subscribers, SizeIs(1));
}

TEST_F(RemoteAcrossHosts, ALinkThatStaysCutRemovesTheSubscriberAndTheSocketGoesOn) {
  // Three retransmissions, about three seconds, instead of a quarter of an hour (tcp(7)).
  a_host.command({"sh", "-c", "echo 3 > /proc/sys/net/ipv4/tcp_retries2"});
  ASSERT_TRUE(ask(self, remote, subscribe{self}, patience));
  b_host.set_link(eth_b, false);
  // More than it may leave unacknowledged: the socket pauses.
  send(300);
  EXPECT_GT(counted().pauses, 0U);
  ASSERT_TRUE(a->await_counts(sock, [](const statistics& s) { return s.subscribers.empty(); }));
  ASSERT_FALSE(a->tell(sock, subscribe{a->self}));
  ASSERT_EQ(client.send({"after"}, &at).error, 0);
  while (a->next_line() != "message after" && !HasFailure()) {
  }
}

}  // namespace
}  // namespace dgram::testing
