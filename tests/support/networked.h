/// Nodes of CAF's network, on one host or several.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "caf/io/all.hpp"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket_actor.h"

namespace dgram::testing {

struct networked_config : system_config {
  networked_config() { load_module<caf::io::middleman>(*this); }
};

/// Publishes a socket or facade on a free port, which is returned; throws on failure.
inline std::uint16_t publish_on_free_port(caf::actor_system& system, const socket_actor& sock,
                                          const std::string& address = "127.0.0.1") {
  const auto port = system.middleman().publish(sock, 0, address.c_str());
  if (!port) throw std::runtime_error(describe(port.error()));
  return *port;
}

/// The handle that a node has to what another one published; throws on failure.
inline socket_actor look_up(caf::actor_system& system, const std::string& host,
                            std::uint16_t port) {
  const auto handle = system.middleman().remote_actor<socket_actor>(host, port);
  if (!handle) throw std::runtime_error(describe(handle.error()));
  return *handle;
}

}  // namespace dgram::testing
