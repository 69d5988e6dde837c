/// A socket that was opened and waits for the actor that it serves.
#pragma once

#include <memory>
#include <vector>

#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/socket_actor.h"

namespace dgram {

/// Made by the runtime. Ends socket and actor unless they were started.
class unserved_socket {
 public:
  unserved_socket() = default;
  unserved_socket(const unserved_socket&) = delete;
  unserved_socket& operator=(const unserved_socket&) = delete;
  virtual ~unserved_socket() = default;

  /// Messages to it wait.
  virtual const socket_actor& handle() const noexcept = 0;

  /// Sets the socket's listener and owner.
  virtual void meet(any_actor worker) = 0;

  /// Starts the socket.
  virtual void start() = 0;
};

using unserved_sockets = std::vector<std::unique_ptr<unserved_socket>>;

}  // namespace dgram
