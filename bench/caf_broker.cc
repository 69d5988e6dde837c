// CAF's own UDP broker. Sender and receiver have an actor system each, since a system runs
// all its brokers on one thread.

#include <caf/all.hpp>
#include <caf/io/all.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/traffic.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/config.h"

namespace bench {
namespace {

struct config : dgram::system_config {
  config() { dgram::load_module<caf::io::middleman>(*this); }
};

struct node {
  node() { system.await_actors_before_shutdown(false); }

  config settings;
  caf::actor_system system{settings};
};

/// What a sender is told to start, and tells itself.
constexpr int go = 0;

// CAF 0.17 and 1.x have different types for it.
template <class Broker, class Buffer>
Buffer last_parameter(void (Broker::*)(caf::io::datagram_handle, Buffer));
using buffer = decltype(last_parameter(&caf::io::abstract_broker::enqueue_datagram));

caf::behavior receive(caf::io::broker* self, const std::shared_ptr<flow>& progress,
                      const std::vector<int>& descriptors) {
  for (const int fd : descriptors) self->add_datagram_servant(fd);
  return {[progress](const caf::io::new_datagram_msg&) { progress->add_delivered(1); }};
}

struct sender_state {
  std::vector<caf::io::datagram_handle> to;
  std::uint64_t sent = 0;
  std::size_t queued = 0;  ///< Handed to the broker and not yet to the kernel.
};

// Queues another datagram for each one acknowledged. Sending itself messages instead would
// keep the broker's thread from ever writing.
caf::behavior send(caf::io::broker* self, const std::shared_ptr<flow>& progress,
                   const traffic& what, const std::vector<dgram::endpoint>& destinations) {
  const auto state = std::make_shared<sender_state>();
  constexpr std::size_t most_queued = 64;
  for (const auto& to : destinations) {
    auto handle = self->add_udp_datagram_servant(to.host(), to.port());
    if (!handle) throw std::runtime_error("cannot add a datagram servant");
    self->ack_writes(*handle, true);
    state->to.push_back(*handle);
  }
  const auto fill = [self, state, progress, what] {
    auto room = std::min(progress->room(state->sent), most_queued - state->queued);
    for (; room > 0; --room, ++state->sent, ++state->queued) {
      const auto to = state->to[state->sent % state->to.size()];
      const auto size = what.sizes[state->sent % what.sizes.size()];
      self->enqueue_datagram(to, buffer(size, buffer::value_type('x')));
      self->flush(to);
    }
    if (state->queued == 0) dgram::send_delayed(self, self, std::chrono::microseconds(100), go);
  };
  return {[fill](int) { fill(); },
          [state, fill](const caf::io::datagram_sent_msg&) {
            --state->queued;
            fill();
          }};
}

class broker_stream final : public stream {
 public:
  explicit broker_stream(const traffic& what)
      : ends_(what), progress_(std::make_shared<flow>(what)) {
    receiver_ =
        receiving_.system.middleman().spawn_broker(receive, progress_, ends_.take_receivers());
    sender_ = sending_.system.middleman().spawn_broker(send, progress_, what, ends_.destinations());
    dgram::send_anonymously(sender_, go);
  }

  ~broker_stream() override {
    for (const auto& broker : {sender_, receiver_}) {
      caf::anon_send_exit(broker, caf::exit_reason::kill);
    }
  }

  std::uint64_t delivered() const override { return progress_->delivered(); }

 private:
  endpoints ends_;
  std::shared_ptr<flow> progress_;
  node receiving_;
  node sending_;
  caf::actor receiver_;
  caf::actor sender_;
};

class broker_echo final : public echo_server {
 public:
  explicit broker_echo(std::size_t sockets) {
    traffic what;
    what.receivers = sockets;
    endpoints ends(what);
    addresses_ = ends.destinations();
    broker_ = node_.system.middleman().spawn_broker(echo, ends.take_receivers());
    opened_in_ = watch_.seconds();
  }
  double opened_in() const override { return opened_in_; }
  ~broker_echo() override { caf::anon_send_exit(broker_, caf::exit_reason::kill); }

  std::vector<dgram::endpoint> addresses() const override { return addresses_; }

 private:
  static caf::behavior echo(caf::io::broker* self, const std::vector<int>& descriptors) {
    for (const int fd : descriptors) self->add_datagram_servant(fd);
    return {[self](const caf::io::new_datagram_msg& got) {
      buffer answer(got.buf.size());
      std::memcpy(answer.data(), got.buf.data(), answer.size());
      self->enqueue_datagram(got.handle, std::move(answer));
      self->flush(got.handle);
    }};
  }

  node node_;
  stopwatch watch_;
  double opened_in_ = 0;
  std::vector<dgram::endpoint> addresses_;
  caf::actor broker_;
};

class caf_broker final : public contender {
 public:
  std::unique_ptr<stream> start(const traffic& what) override {
    // The broker has no Unix sockets, and its descriptors cannot send to a multicast group.
    if (!dgram::is_udp(what.family) || what.multicast) return nullptr;
    return std::make_unique<broker_stream>(what);
  }
  std::unique_ptr<echo_server> serve(std::size_t sockets) override {
    return std::make_unique<broker_echo>(sockets);
  }
};

}  // namespace

std::unique_ptr<contender> make_caf_broker() { return std::make_unique<caf_broker>(); }

}  // namespace bench
