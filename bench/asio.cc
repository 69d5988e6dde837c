// Asio: asynchronous waits, then non-blocking calls until the kernel has no more, as its
// documentation recommends for reactor-style throughput.

#include <asio.hpp>
#include <asio/local/datagram_protocol.hpp>

#include <algorithm>
#include <future>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "bench/traffic.h"

namespace bench {
namespace {

template <class Protocol>
Protocol protocol_of();
template <>
asio::ip::udp protocol_of<asio::ip::udp>() {
  return asio::ip::udp::v4();
}
template <>
asio::local::datagram_protocol protocol_of<asio::local::datagram_protocol>() {
  return {};
}

template <class Protocol>
typename Protocol::endpoint to_asio(const dgram::endpoint& e) {
  typename Protocol::endpoint result;
  std::copy_n(reinterpret_cast<const char*>(e.data()), e.size(),
              reinterpret_cast<char*>(result.data()));
  result.resize(e.size());
  return result;
}

template <class Protocol>
class asio_stream final : public stream {
 public:
  using socket = typename Protocol::socket;

  explicit asio_stream(const traffic& what)
      : what_(what), ends_(what), flow_(what), bytes_(65'536, 'x'), sender_(sending_) {
    for (const int fd : ends_.take_receivers()) {
      receivers_.emplace_back(receiving_, protocol_of<Protocol>(), fd);
      receivers_.back().non_blocking(true);
      await(receivers_.back());
    }
    for (const auto& to : ends_.destinations()) to_.push_back(to_asio<Protocol>(to));
    sender_.assign(protocol_of<Protocol>(), ends_.take_sender());
    sender_.non_blocking(true);
    asio::post(sending_, [this] { send(); });
    threads_.emplace_back([this] { receiving_.run(); });
    threads_.emplace_back([this] { sending_.run(); });
  }

  ~asio_stream() override {
    sending_.stop();
    receiving_.stop();
    for (auto& thread : threads_) thread.join();
  }

  std::uint64_t delivered() const override { return flow_.delivered(); }

 private:
  void await(socket& sock) {
    sock.async_wait(socket::wait_read, [this, &sock](const asio::error_code& why) {
      if (why) return;
      asio::error_code error;
      std::size_t count = 0;
      typename Protocol::endpoint from;
      while (count < 64) {
        sock.receive_from(asio::buffer(received_), from, 0, error);
        if (error) break;
        ++count;
      }
      flow_.add_delivered(count);
      await(sock);
    });
  }

  void send() {
    asio::error_code error;
    // The sending context has nothing else to do, so it may block here.
    auto room = std::min<std::size_t>(flow_.await_room(sent_), 64);
    for (; room > 0; --room, ++sent_) {
      const auto bytes = asio::buffer(bytes_.data(), what_.sizes[sent_ % what_.sizes.size()]);
      if (dgram::is_udp(what_.family)) {
        sender_.send_to(bytes, to_[sent_ % to_.size()], 0, error);
      } else {
        sender_.send(bytes, 0, error);
      }
      if (error) {
        sender_.async_wait(socket::wait_write, [this](const asio::error_code& why) {
          if (!why) send();
        });
        return;
      }
    }
    asio::post(sending_, [this] { send(); });
  }

  const traffic what_;
  endpoints ends_;
  flow flow_;
  std::string bytes_;
  std::array<char, 65'536> received_{};
  std::uint64_t sent_ = 0;
  asio::io_context receiving_{1};
  asio::io_context sending_{1};
  std::list<socket> receivers_;
  socket sender_;
  std::vector<typename Protocol::endpoint> to_;
  std::vector<std::thread> threads_;
};

class asio_echo final : public echo_server {
 public:
  explicit asio_echo(std::size_t sockets) {
    traffic what;
    what.receivers = sockets;
    endpoints ends(what);
    addresses_ = ends.destinations();
    for (const int fd : ends.take_receivers()) {
      sockets_.emplace_back(context_, asio::ip::udp::v4(), fd);
      sockets_.back().non_blocking(true);
      await(sockets_.back());
    }
    opened_in_ = watch_.seconds();
    thread_ = std::thread([this] { context_.run(); });
  }

  ~asio_echo() override {
    context_.stop();
    thread_.join();
  }

  double opened_in() const override { return opened_in_; }
  std::vector<dgram::endpoint> addresses() const override { return addresses_; }

  std::optional<double> close_all() override {
    std::promise<void> closed;
    const stopwatch watch;
    asio::post(context_, [&] {
      for (auto& each : sockets_) each.close();
      closed.set_value();
    });
    closed.get_future().get();
    return watch.seconds();
  }

 private:
  void await(asio::ip::udp::socket& sock) {
    sock.async_wait(asio::ip::udp::socket::wait_read, [this, &sock](const asio::error_code& why) {
      if (why) return;
      asio::error_code error;
      for (int i = 0; i < 64; ++i) {
        asio::ip::udp::endpoint from;
        const auto size = sock.receive_from(asio::buffer(received_), from, 0, error);
        if (error) break;
        sock.send_to(asio::buffer(received_.data(), size), from, 0, error);
      }
      await(sock);
    });
  }

  asio::io_context context_{1};
  std::array<char, 65'536> received_{};
  std::list<asio::ip::udp::socket> sockets_;
  stopwatch watch_;
  double opened_in_ = 0;
  std::vector<dgram::endpoint> addresses_;
  std::thread thread_;
};

class asio_contender final : public contender {
 public:
  std::unique_ptr<stream> start(const traffic& what) override {
    if (dgram::is_udp(what.family)) return std::make_unique<asio_stream<asio::ip::udp>>(what);
    return std::make_unique<asio_stream<asio::local::datagram_protocol>>(what);
  }
  std::unique_ptr<echo_server> serve(std::size_t sockets) override {
    return std::make_unique<asio_echo>(sockets);
  }
};

}  // namespace

std::unique_ptr<contender> make_asio() { return std::make_unique<asio_contender>(); }

}  // namespace bench
