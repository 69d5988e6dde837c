// Node's dgram, as a program of its own (node_peer.js).

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "bench/traffic.h"
#include "nlohmann/json.hpp"

namespace bench {
namespace {

/// A program whose output is read here, and which exits when its input is closed.
class child {
 public:
  explicit child(std::vector<std::string> command) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe(in.data()) != 0 || ::pipe(out.data()) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      for (const int fd : {in[0], in[1], out[0], out[1]}) ::close(fd);
      std::vector<char*> words;
      words.reserve(command.size() + 1);
      for (auto& word : command) words.push_back(word.data());
      words.push_back(nullptr);
      ::execvp(words[0], words.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = ::fdopen(out[0], "r");
  }

  ~child() {
    ::close(input_);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    std::fclose(output_);
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// The next line; empty at the end of the output.
  std::string line() {
    std::string result;
    for (int c = std::fgetc(output_); c != EOF && c != '\n'; c = std::fgetc(output_)) {
      result.push_back(static_cast<char>(c));
    }
    return result;
  }

  ::pid_t pid() const { return pid_; }

 private:
  ::pid_t pid_ = -1;
  int input_ = -1;
  std::FILE* output_ = nullptr;
};

std::string script() { return "bench/node_peer.js"; }

class node_stream final : public stream {
 public:
  explicit node_stream(const traffic& what)
      : program_({"node", script(), "stream",
                  nlohmann::json{{"sizes", what.sizes},
                                 {"receivers", what.receivers},
                                 {"multicast", what.multicast},
                                 {"window", what.window},
                                 {"closedLoop", what.closed_loop}}
                      .dump()}) {
    if (program_.line().empty()) throw std::runtime_error("node did not start");
    reader_ = std::thread([this] {
      for (auto line = program_.line(); !line.empty() && !stop_; line = program_.line()) {
        delivered_ = std::stoull(line);
      }
    });
  }

  ~node_stream() override {
    stop_ = true;
    reader_.join();
  }

  std::uint64_t delivered() const override { return delivered_; }
  ::pid_t process() const override { return program_.pid(); }

 private:
  child program_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> delivered_{0};
  std::thread reader_;
};

class node_echo final : public echo_server {
 public:
  explicit node_echo(std::size_t sockets)
      : program_({"node", script(), "echo", std::to_string(sockets)}) {
    std::istringstream ports(program_.line());
    ports >> opened_in_;
    for (std::uint16_t port = 0; ports >> port;) {
      addresses_.push_back(dgram::endpoint::loopback(dgram::family::udp4, port));
    }
    if (addresses_.size() != sockets) throw std::runtime_error("node opened too few sockets");
  }

  std::vector<dgram::endpoint> addresses() const override { return addresses_; }
  double opened_in() const override { return opened_in_; }
  ::pid_t process() const override { return program_.pid(); }

 private:
  child program_;
  double opened_in_ = 0;
  std::vector<dgram::endpoint> addresses_;
};

class node_js final : public contender {
 public:
  std::unique_ptr<stream> start(const traffic& what) override {
    // Node has no Unix datagram sockets any more.
    if (!dgram::is_udp(what.family)) return nullptr;
    return std::make_unique<node_stream>(what);
  }
  std::unique_ptr<echo_server> serve(std::size_t sockets) override {
    return std::make_unique<node_echo>(sockets);
  }
};

}  // namespace

std::unique_ptr<contender> make_node() { return std::make_unique<node_js>(); }

}  // namespace bench
