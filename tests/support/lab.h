/// Several hosts on one machine: network namespaces, joined by veth pairs and
/// bridges.
///
///   lab net;
///   auto& left = net.bridge();
///   auto& a = net.host();
///   auto& b = net.host();
///   const auto eth_a = a.attach(left);     // "eth0", 10.77.1.1/24, fe80::…
///   b.run([&] { … });                      // on a thread inside b
///   auto program = b.start({example("multicast_pubsub"), "--role=subscribe"});
///
/// Only descriptors of the test's process refer to the namespaces, so that they and
/// everything in them vanish with it, however it ends. A test program that uses the lab
/// calls `lab::enter` in main, before it starts any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/posix/unique_fd.h"
#include "tests/support/process.h"

namespace dgram::testing {

/// One network namespace.
class network_namespace {
 public:
  /// Creates a namespace whose only interface is loopback, which is up.
  network_namespace();

  /// Runs a function on a new thread inside; threads that it starts are inside, too.
  /// Exceptions are rethrown.
  void run(const std::function<void()>& what) const;

  /// Starts a program inside.
  process start(std::vector<std::string> command) const;

  /// Runs a program inside to its end; throws if it fails.
  std::string command(std::vector<std::string> words) const;

  /// A path that names the namespace to ip(8) while this object lives.
  std::string path() const;

 private:
  unique_fd fd_;
};

/// A link layer that hosts are attached to.
class lab_bridge {
 public:
  lab_bridge(const network_namespace& where, int number);

  int number() const { return number_; }
  const std::string& name() const { return name_; }
  const network_namespace& where() const { return *where_; }

 private:
  const network_namespace* where_;
  int number_;
  std::string name_;
};

/// An attachment of a host to a bridge.
struct lab_interface {
  std::string name;       ///< "eth0", "eth1", …
  std::string ipv4;       ///< "10.77.BRIDGE.HOST"
  std::string ipv6;       ///< "fe80::BRIDGE:HOST%name", link-local
  std::string broadcast;  ///< "10.77.BRIDGE.255"
  std::string port;       ///< the bridge's end of the cable
  const lab_bridge* bridge;
};

class lab_host {
 public:
  explicit lab_host(int number) : number_(number) {}

  /// Adds an interface on the bridge, up, with addresses and a carrier.
  lab_interface attach(const lab_bridge& bridge);

  /// Takes an interface down or up, and returns when the bridge has noticed.
  void set_link(const lab_interface& interface, bool up) const;

  void run(const std::function<void()>& what) const { where_.run(what); }
  process start(std::vector<std::string> command) const { return where_.start(std::move(command)); }
  std::string command(std::vector<std::string> words) const {
    return where_.command(std::move(words));
  }

 private:
  void await_link(const lab_interface& interface, bool up) const;

  network_namespace where_;
  int number_;
  int interfaces_ = 0;
};

class lab {
 public:
  /// Enables the process to build labs: moves it to its own namespace, with the rights to
  /// create more. Throws with the reason if the system does not allow this. Call it once,
  /// first thing in main.
  static void enter();

  lab_bridge& bridge();
  lab_host& host();

 private:
  network_namespace switches_;  ///< Holds the bridges.
  std::vector<std::unique_ptr<lab_bridge>> bridges_;
  std::vector<std::unique_ptr<lab_host>> hosts_;
};

}  // namespace dgram::testing
