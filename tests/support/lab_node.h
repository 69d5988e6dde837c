/// A host of the lab with a runtime on it.
#pragma once

#include <memory>
#include <utility>

#include "tests/support/lab.h"
#include "tests/support/socket_test.h"

namespace dgram::testing {

class lab_node {
 public:
  lab_node(lab_host& host, caf::actor_system& system) : host_(host) {
    // The loops inherit the namespace of the thread that starts them.
    host_.run([&] { node_ = std::make_unique<node>(system); });
  }

  /// Opens a socket inside the host.
  socket_actor open(family f, any_actor listener = nullptr) {
    socket_actor sock;
    host_.run([&] { sock = node_->open(f, std::move(listener)); });
    return sock;
  }

  node* operator->() { return node_.get(); }
  lab_host& host() { return host_; }

 private:
  lab_host& host_;
  std::unique_ptr<node> node_;
};

}  // namespace dgram::testing
