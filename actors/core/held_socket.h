/// The runtime's part of a socket that waits for the actor that it serves.
#pragma once

#include <memory>
#include <utility>

#include "caf/exit_reason.hpp"
#include "caf/send.hpp"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/unserved_socket.h"
#include "caf_dgram/actors/socket/held_start.h"

namespace dgram {

class held_socket final : public unserved_socket {
 public:
  explicit held_socket(std::shared_ptr<held_start> held) : held_(std::move(held)) {}

  ~held_socket() override {
    if (!held_ || !sock_) return;
    // It never served, and may have a handler that would ignore another reason.
    if (worker_) caf::anon_send_exit(worker_.handle(), caf::exit_reason::kill);
    send_anonymously(sock_, close{});
    start();
  }

  /// Takes the socket, which was spawned to run on `held`.
  void take(socket_actor sock) { sock_ = std::move(sock); }

  const socket_actor& handle() const noexcept override { return sock_; }

  void meet(any_actor worker) override { worker_ = std::move(worker); }

  void start() override { std::exchange(held_, nullptr)->release(std::move(worker_)); }

 private:
  socket_actor sock_;
  any_actor worker_;
  std::shared_ptr<held_start> held_;  ///< Null once the socket is started.
};

}  // namespace dgram
