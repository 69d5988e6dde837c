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
  held_socket(socket_actor sock, std::shared_ptr<held_start> held)
      : sock_(std::move(sock)), held_(std::move(held)) {}

  ~held_socket() override {
    if (!held_) return;
    if (worker_) caf::anon_send_exit(worker_.handle(), caf::exit_reason::user_shutdown);
    send_anonymously(sock_, close{});
    start();
  }

  const socket_actor& handle() const noexcept override { return sock_; }

  void meet(any_actor worker) override { worker_ = std::move(worker); }

  void start() override { std::exchange(held_, nullptr)->release(std::move(worker_)); }

 private:
  const socket_actor sock_;
  any_actor worker_;
  std::shared_ptr<held_start> held_;  ///< Null once the socket is started.
};

}  // namespace dgram
