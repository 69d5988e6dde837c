// libuv, as its documentation recommends for throughput: recvmmsg (UV_UDP_RECVMMSG), and
// uv_udp_try_send from an idle handle.

#include <unistd.h>
#include <uv.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "bench/traffic.h"

namespace bench {
namespace {

void require(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + ::uv_strerror(result));
}

/// A loop on a thread of its own.
class uv_thread {
 public:
  uv_thread() {
    require(::uv_loop_init(&loop_), "uv_loop_init");
    ::uv_async_init(&loop_, &stop_, [](::uv_async_t* handle) {
      ::uv_walk(
          handle->loop,
          [](::uv_handle_t* each, void*) {
            if (::uv_is_closing(each) == 0) ::uv_close(each, nullptr);
          },
          nullptr);
    });
  }

  void run() {
    thread_ = std::thread([this] { ::uv_run(&loop_, UV_RUN_DEFAULT); });
  }

  void end() {
    ::uv_async_send(&stop_);
    thread_.join();
    ::uv_loop_close(&loop_);
  }

  ::uv_loop_t* loop() { return &loop_; }

 private:
  ::uv_loop_t loop_{};
  ::uv_async_t stop_{};
  std::thread thread_;
};

/// libuv reads up to 20 datagrams of 64 KiB into one buffer.
void provide(::uv_handle_t* handle, std::size_t, ::uv_buf_t* buffer) {
  static thread_local std::vector<char> memory(1'310'720);
  static_cast<void>(handle);
  *buffer = ::uv_buf_init(memory.data(), static_cast<unsigned>(memory.size()));
}

class uv_stream final : public stream {
 public:
  explicit uv_stream(const traffic& what)
      : what_(what), ends_(what), flow_(what), bytes_(65'536, 'x') {
    const auto descriptors = ends_.take_receivers();
    receivers_.resize(descriptors.size());
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
      auto& handle = receivers_[i];
      require(::uv_udp_init_ex(receiving_.loop(), &handle, UV_UDP_RECVMMSG), "init");
      require(::uv_udp_open(&handle, descriptors[i]), "open");
      handle.data = this;
      require(::uv_udp_recv_start(&handle, provide, on_received), "recv_start");
    }
    require(::uv_udp_init(sending_.loop(), &sender_), "init");
    require(::uv_udp_open(&sender_, ends_.take_sender()), "open");
    require(::uv_idle_init(sending_.loop(), &idle_), "idle");
    idle_.data = this;
    require(::uv_idle_start(
                &idle_, [](::uv_idle_t* handle) { static_cast<uv_stream*>(handle->data)->send(); }),
            "idle");
    receiving_.run();
    sending_.run();
  }

  ~uv_stream() override {
    sending_.end();
    receiving_.end();
  }

  std::uint64_t delivered() const override { return flow_.delivered(); }

 private:
  static void on_received(::uv_udp_t* handle, ssize_t size, const ::uv_buf_t*,
                          const ::sockaddr* sender, unsigned) {
    if (size >= 0 && sender != nullptr)
      static_cast<uv_stream*>(handle->data)->flow_.add_delivered(1);
  }

  void send() {
    // The sending loop has nothing else to do, so it may block here.
    auto room = std::min<std::size_t>(flow_.await_room(sent_), 64);
    for (; room > 0; --room, ++sent_) {
      const auto& to = ends_.destinations()[sent_ % ends_.destinations().size()];
      auto buffer = ::uv_buf_init(bytes_.data(),
                                  static_cast<unsigned>(what_.sizes[sent_ % what_.sizes.size()]));
      if (::uv_udp_try_send(&sender_, &buffer, 1, to.data()) < 0) return;
    }
  }

  const traffic what_;
  endpoints ends_;
  flow flow_;
  std::string bytes_;
  std::uint64_t sent_ = 0;
  uv_thread receiving_;
  uv_thread sending_;
  std::vector<::uv_udp_t> receivers_;
  ::uv_udp_t sender_{};
  ::uv_idle_t idle_{};
};

class uv_echo final : public echo_server {
 public:
  explicit uv_echo(std::size_t sockets) : handles_(sockets) {
    traffic what;
    what.receivers = sockets;
    endpoints ends(what);
    addresses_ = ends.destinations();
    const auto descriptors = ends.take_receivers();
    for (std::size_t i = 0; i < sockets; ++i) {
      require(::uv_udp_init_ex(thread_.loop(), &handles_[i], UV_UDP_RECVMMSG), "init");
      require(::uv_udp_open(&handles_[i], descriptors[i]), "open");
      require(::uv_udp_recv_start(&handles_[i], provide, on_received), "recv_start");
    }
    opened_in_ = watch_.seconds();
    thread_.run();
  }
  ~uv_echo() override { close_all(); }

  double opened_in() const override { return opened_in_; }
  std::vector<dgram::endpoint> addresses() const override { return addresses_; }

  std::optional<double> close_all() override {
    if (std::exchange(is_closed_, true)) return std::nullopt;
    const stopwatch watch;
    thread_.end();
    return watch.seconds();
  }

 private:
  static void on_received(::uv_udp_t* handle, ssize_t size, const ::uv_buf_t* bytes,
                          const ::sockaddr* sender, unsigned) {
    if (size < 0 || sender == nullptr) return;
    auto back = ::uv_buf_init(bytes->base, static_cast<unsigned>(size));
    ::uv_udp_try_send(handle, &back, 1, sender);
  }

  uv_thread thread_;
  std::vector<::uv_udp_t> handles_;
  stopwatch watch_;
  double opened_in_ = 0;
  bool is_closed_ = false;
  std::vector<dgram::endpoint> addresses_;
};

class libuv final : public contender {
 public:
  std::unique_ptr<stream> start(const traffic& what) override {
    // libuv has no Unix datagram sockets.
    if (!dgram::is_udp(what.family)) return nullptr;
    return std::make_unique<uv_stream>(what);
  }
  std::unique_ptr<echo_server> serve(std::size_t sockets) override {
    return std::make_unique<uv_echo>(sockets);
  }
};

}  // namespace

std::unique_ptr<contender> make_libuv() { return std::make_unique<libuv>(); }

}  // namespace bench
