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

void tally(const ::lcm_recv_buf_t*, const char*, void* answers) { ++*static_cast<int*>(answers); }

void answer(const ::lcm_recv_buf_t* question, const char*, void* out) {
  ::lcm_publish(static_cast<::lcm_t*>(out), "ANSWER", question->data, question->data_size);
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

  std::vector<double> round_trips(int count) override {
    enter_isolated_network();
    const auto here = open_bus();
    const auto there = open_bus();
    const std::string message(64, 'x');
    int answers = 0;
    ::lcm_subscribe(here.get(), "ANSWER", tally, &answers);
    ::lcm_subscribe(there.get(), "QUESTION", answer, there.get());
    std::atomic<bool> stop{false};
    std::thread other([&] {
      while (!stop) ::lcm_handle_timeout(there.get(), 5);
    });
    std::vector<double> times;
    bool is_lost = false;
    while (!is_lost && answers < count) {
      const stopwatch watch;
      ::lcm_publish(here.get(), "QUESTION", message.data(), static_cast<unsigned>(message.size()));
      // Its own question comes back, too, without a handler.
      for (const auto before = answers; !is_lost && answers == before;) {
        is_lost = ::lcm_handle_timeout(here.get(), 2000) <= 0;
      }
      times.push_back(watch.seconds() * 1e6);
    }
    stop = true;
    other.join();
    if (is_lost) throw std::runtime_error("an answer was lost");
    return times;
  }
};

}  // namespace

std::unique_ptr<contender> make_lcm() { return std::make_unique<lcm>(); }

}  // namespace bench
