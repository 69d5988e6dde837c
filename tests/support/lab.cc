#include "tests/support/lab.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace dgram::testing {
namespace {

std::runtime_error lab_error(const std::string& what) {
  return std::runtime_error(absl::StrCat("the namespace lab cannot be made here: ", what, ": ",
                                         std::strerror(errno),
                                         ". It needs root, or unprivileged user namespaces."));
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) throw lab_error("write " + path);
}

/// Runs a function on its own thread and rethrows its exception.
void on_thread(const std::function<void()>& what) {
  std::exception_ptr thrown;
  std::thread thread([&] {
    try {
      what();
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  thread.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

void lab::enter() {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  if (::unshare(CLONE_NEWNET) == 0) return;
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) throw lab_error("unshare");
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", absl::StrCat("0 ", user, " 1"));
  write_file("/proc/self/gid_map", absl::StrCat("0 ", group, " 1"));
}

network_namespace::network_namespace() {
  on_thread([this] {
    if (::unshare(CLONE_NEWNET) != 0) throw lab_error("unshare");
    fd_ = unique_fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!fd_) throw lab_error("open the namespace");
  });
  command({"ip", "link", "set", "lo", "up"});
}

void network_namespace::run(const std::function<void()>& what) const {
  on_thread([&] {
    if (::setns(fd_.get(), CLONE_NEWNET) != 0) throw lab_error("setns");
    what();
  });
}

process network_namespace::start(std::vector<std::string> command) const {
  return process(std::move(command), [fd = fd_.get()] {
    if (::setns(fd, CLONE_NEWNET) != 0) ::_exit(126);
  });
}

std::string network_namespace::command(std::vector<std::string> words) const {
  return dgram::testing::run(std::move(words), [fd = fd_.get()] {
    if (::setns(fd, CLONE_NEWNET) != 0) ::_exit(126);
  });
}

std::string network_namespace::path() const {
  return absl::StrCat("/proc/", ::getpid(), "/fd/", fd_.get());
}

lab_bridge::lab_bridge(const network_namespace& where, int number)
    : where_(&where), number_(number), name_(absl::StrCat("br", number)) {
  // Without snooping, the bridge floods multicast like a plain switch.
  where.command({"ip", "link", "add", name_, "type", "bridge", "mcast_snooping", "0"});
  where.command({"ip", "link", "set", name_, "addrgenmode", "none"});
  where.command({"ip", "link", "set", name_, "up"});
}

lab_interface lab_host::attach(const lab_bridge& bridge) {
  const auto network = absl::StrCat("10.77.", bridge.number(), ".");
  lab_interface result;
  result.name = absl::StrCat("eth", interfaces_++);
  result.ipv4 = absl::StrCat(network, number_);
  result.broadcast = absl::StrCat(network, "255");
  const auto link_local = absl::StrCat("fe80::", bridge.number(), ":", number_);
  result.ipv6 = absl::StrCat(link_local, "%", result.name);

  result.bridge = &bridge;
  result.port = absl::StrCat("b", bridge.number(), "h", number_, result.name);
  bridge.where().command({"ip", "link", "add", result.port, "type", "veth", "peer", "name",
                          result.name, "netns", where_.path()});
  bridge.where().command(
      {"ip", "link", "set", result.port, "master", bridge.name(), "addrgenmode", "none"});
  bridge.where().command({"ip", "link", "set", result.port, "up"});
  // Assigned addresses are usable at once: no duplicate address detection.
  command({"ip", "link", "set", result.name, "addrgenmode", "none"});
  command({"ip", "address", "add", absl::StrCat(result.ipv4, "/24"), "broadcast", result.broadcast,
           "dev", result.name});
  command({"ip", "link", "set", result.name, "up"});
  command({"ip", "address", "add", absl::StrCat(link_local, "/64"), "dev", result.name, "nodad"});
  await_link(result, true);
  return result;
}

void lab_host::set_link(const lab_interface& interface, bool up) const {
  command({"ip", "link", "set", interface.name, up ? "up" : "down"});
  await_link(interface, up);
}

// The kernel notifies the other end of a cable, and the bridge, some time after the command
// has returned. Datagrams sent before that are lost.
void lab_host::await_link(const lab_interface& interface, bool up) const {
  const auto& switches = interface.bridge->where();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto settled = [&] {
    const auto port = switches.command({"ip", "-o", "-d", "link", "show", interface.port});
    const auto own = command({"ip", "-o", "link", "show", interface.name});
    return up ? absl::StrContains(port, " state forwarding ") &&
                    absl::StrContains(own, " state UP ")
              : absl::StrContains(port, " state disabled ");
  };
  while (!settled()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error(absl::StrCat(interface.name, " did not go ", up ? "up" : "down"));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

lab_bridge& lab::bridge() {
  bridges_.push_back(
      std::make_unique<lab_bridge>(switches_, static_cast<int>(bridges_.size()) + 1));
  return *bridges_.back();
}

lab_host& lab::host() {
  hosts_.push_back(std::make_unique<lab_host>(static_cast<int>(hosts_.size()) + 1));
  return *hosts_.back();
}

}  // namespace dgram::testing
