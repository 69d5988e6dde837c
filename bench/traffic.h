/// The task of the contenders of a workload. All move the same datagrams between the same
/// kinds of socket; they differ in the software in between.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"

namespace bench {

/// A stream of datagrams from one socket to one or several.
struct traffic {
  dgram::family family = dgram::family::udp4;
  std::vector<std::size_t> sizes;  ///< Payload bytes of the datagrams, in turn.
  std::size_t receivers = 1;       ///< Sockets; each gets a datagram in turn.
  bool multicast = false;          ///< Each gets every datagram, as members of one group.
  bool closed_loop = true;         ///< Whether at most `window` datagrams are in flight.
  std::size_t window = 1024;       ///< Datagrams sent, not deliveries.

  // Of publish/subscribe, where each of `sizes` is a message.
  std::size_t channels = 1;                       ///< Subscribed to; one of them is published on.
  std::optional<std::size_t> datagram_size = {};  ///< Of a bus that can choose it.
};

/// A running stream, for the lifetime of this object.
class stream {
 public:
  virtual ~stream() = default;

  /// Datagrams received by the program so far, over all receivers.
  virtual std::uint64_t delivered() const = 0;

  /// The process that does the work, if it is another one.
  virtual ::pid_t process() const { return ::getpid(); }
};

/// Running echo sockets, for the lifetime of this object.
class echo_server {
 public:
  virtual ~echo_server() = default;
  virtual std::vector<dgram::endpoint> addresses() const = 0;

  /// Seconds that it took to open and bind all of them, without start-up of threads and
  /// processes.
  virtual double opened_in() const = 0;

  /// Closes all of them; seconds until the last one is closed. Nothing if that is not measured.
  virtual std::optional<double> close_all() { return std::nullopt; }

  /// The process that does the work, if it is another one.
  virtual ::pid_t process() const { return ::getpid(); }
};

/// A way to use datagram sockets.
class contender {
 public:
  virtual ~contender() = default;

  /// Null for unsupported traffic.
  virtual std::unique_ptr<stream> start(const traffic& what) = 0;

  /// Opens `sockets` echo sockets on loopback. Null if it cannot.
  virtual std::unique_ptr<echo_server> serve(std::size_t sockets) = 0;

  /// Has two of its programs, or actors, answer each other that many times. The times in
  /// microseconds; none if that is not measured.
  virtual std::vector<double> round_trips([[maybe_unused]] int count) { return {}; }
};

/// Seconds since construction.
class stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The sockets that all contenders use: with the largest buffers the system allows, up to
/// 4 MiB, on loopback, a Unix abstract name, or a multicast group over loopback.
class endpoints {
 public:
  explicit endpoints(const traffic& what);

  /// The sender's destinations: one address per receiver, or the group.
  const std::vector<dgram::endpoint>& destinations() const { return destinations_; }

  /// Bound, non-blocking descriptors of the receivers, and an open one of the sender. The
  /// caller has to close them.
  std::vector<int> take_receivers();
  int take_sender();

  ~endpoints();

 private:
  std::vector<int> receivers_;
  int sender_ = -1;
  std::vector<dgram::endpoint> destinations_;
};

/// How many datagrams may be in flight without loss, at most `wish`.
std::size_t safe_window(const traffic& what, std::size_t wish);

/// The window of a stream. One sender thread, any number of receiving threads.
class flow {
 public:
  explicit flow(const traffic& what)
      : copies_(what.multicast ? what.receivers : 1),
        window_(what.closed_loop ? what.window : SIZE_MAX / 2) {}

  /// Adds deliveries; called by receivers.
  void add_delivered(std::uint64_t count) {
    delivered_.fetch_add(count);
    if (waiting_ && room(waiting_for_) > window_ / 8) {
      const std::lock_guard<std::mutex> guard(mutex_);
      has_room_.notify_one();
    }
  }
  std::uint64_t delivered() const { return delivered_; }

  /// How many datagrams may be sent now.
  std::size_t room(std::uint64_t sent) const {
    const auto under_way = sent - delivered() / copies_;
    return under_way >= window_ ? 0 : window_ - static_cast<std::size_t>(under_way);
  }

  /// The same for a sender that has nothing else to do: sleeps until an eighth of the window
  /// is free, but only briefly, so that the sender can be stopped.
  std::size_t await_room(std::uint64_t sent) {
    if (const auto now = room(sent); now > 0) return now;
    std::unique_lock<std::mutex> lock(mutex_);
    waiting_for_ = sent;
    waiting_ = true;
    has_room_.wait_for(lock, std::chrono::milliseconds(5),
                       [this, sent] { return room(sent) > window_ / 8; });
    waiting_ = false;
    return room(sent);
  }

 private:
  const std::size_t copies_;
  const std::size_t window_;
  std::atomic<std::uint64_t> delivered_{0};
  std::atomic<bool> waiting_{false};
  std::atomic<std::uint64_t> waiting_for_{0};
  std::mutex mutex_;
  std::condition_variable has_room_;
};

// The contenders.
std::unique_ptr<contender> make_raw_poll();     ///< poll, sendto, recvfrom: one per call.
std::unique_ptr<contender> make_raw_mmsg();     ///< epoll, sendmmsg, recvmmsg: 64 per call.
std::unique_ptr<contender> make_raw_offload();  ///< UDP_SEGMENT, UDP_GRO: 64 segments per call.
std::unique_ptr<contender> make_caf_dgram_single();
std::unique_ptr<contender> make_caf_dgram_batch();
std::unique_ptr<contender> make_caf_dgram_single_on_loop();  ///< Its actors live on the loops.
std::unique_ptr<contender> make_caf_dgram_batch_on_loop();
std::unique_ptr<contender> make_libuv();
std::unique_ptr<contender> make_asio();
std::unique_ptr<contender> make_node();
std::unique_ptr<contender> make_caf_broker();

// Of publish/subscribe.
std::unique_ptr<contender> make_lcm();
std::unique_ptr<contender> make_bus_single();
std::unique_ptr<contender> make_bus_batch();
std::unique_ptr<contender> make_bus_packed();  ///< As `batch`, with messages that share datagrams.
std::unique_ptr<contender> make_bus_typed();   ///< As `batch`, with values of a topic.

// Of round trips between two actors.
std::unique_ptr<contender> make_two_sockets();
std::unique_ptr<contender> make_two_members();
std::unique_ptr<contender> make_two_channels();
std::unique_ptr<contender> make_two_topics();

}  // namespace bench
