// Debian's liblcm: a publisher and a subscriber, each with a bus and a thread of its own. Its
// library joins groups by the kernel's routes; so it runs in a network of its own.

#include <lcm/lcm.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/isolated_network.h"
#include "bench/traffic.h"

namespace bench {
namespace {

constexpr const char* url = "udpm://239.255.87.3:7667?ttl=0&recv_buf_size=4194304";

struct destroy {
  void operator()(::lcm_t* bus) const { ::lcm_destroy(bus); }
};
using bus = std::unique_ptr<::lcm_t, destroy>;

bus open_bus() {
  bus result(::lcm_create(url));
  if (result == nullptr) throw std::runtime_error("lcm_create");
  return result;
}

void count(const ::lcm_recv_buf_t*, const char*, void* progress) {
  static_cast<flow*>(progress)->add_delivered(1);
}

class lcm_stream final : public stream {
 public:
  explicit lcm_stream(const traffic& what) : progress_(what), message_(what.sizes.front(), 'x') {
    for (std::size_t i = 0; i < what.receivers; ++i) {
      auto* const one = ::lcm_subscribe(in_.get(), "C0", count, &progress_);
      // Without a limit: what the kernel has kept is delivered.
      ::lcm_subscription_set_queue_capacity(one, 0);
    }
    for (std::size_t i = 1; i < what.channels; ++i) {
      ::lcm_subscribe(in_.get(), ("C" + std::to_string(i)).c_str(), count, &progress_);
    }
    receiver_ = std::thread([this] {
      while (!stop_) ::lcm_handle_timeout(in_.get(), 5);
    });
    sender_ = std::thread([this] { send(); });
  }

  ~lcm_stream() override {
    stop_ = true;
    sender_.join();
    receiver_.join();
  }

  std::uint64_t delivered() const override { return progress_.delivered(); }

 private:
  void send() {
    for (std::uint64_t sent = 0; !stop_;) {
      for (auto left = progress_.await_room(sent); left > 0; --left, ++sent) {
        ::lcm_publish(out_.get(), "C0", message_.data(), static_cast<unsigned>(message_.size()));
      }
    }
  }

  bus in_ = open_bus();
  bus out_ = open_bus();
  flow progress_;
  const std::string message_;
  std::atomic<bool> stop_{false};
  std::thread receiver_;
  std::thread sender_;
};

class lcm final : public contender {
 public:
  std::unique_ptr<stream> start(const traffic& what) override {
    enter_isolated_network();
    return std::make_unique<lcm_stream>(what);
  }
  std::unique_ptr<echo_server> serve(std::size_t) override { return nullptr; }
};

}  // namespace

std::unique_ptr<contender> make_lcm() { return std::make_unique<lcm>(); }

}  // namespace bench
