/// Counters in CAF's metric registry, where CAF's Prometheus endpoint shows them. Only with
/// CAF 1.x.
///
///   caf.middleman.prometheus-http.port = 8080          // in the program's configuration
///
///   dgram::export_statistics(net, "clients");
///   dgram::export_statistics(sock, "clients");
///
///   dgram_socket_received_total{name="clients"} 4711   // on the endpoint
#pragma once

#include <chrono>
#include <string>

#include "caf_dgram/actors/runtime.h"
#include "caf_dgram/actors/socket_actor.h"

namespace dgram {

/// How often metrics follow the counters, unless given.
inline constexpr std::chrono::milliseconds default_export_interval{1000};

/// Has the metrics "dgram.socket.*" follow `get_statistics` of a socket or group until it
/// is closed: once every `interval`, and last when it has ended. The label "name" tells
/// sockets apart; those of one name are summed. Counters are kept beyond a socket's end,
/// since a metric cannot be removed from CAF's registry; gauges (held_bytes, queued,
/// queued_bytes) fall by its share. The metric "dgram.socket.errors" has a label "errno",
/// too; subscribers have no metrics. An interval below 1 ms counts as 1 ms. Ignores null.
void export_statistics(const socket_actor& sock, const std::string& name,
                       std::chrono::milliseconds interval = default_export_interval);

/// The same for the metrics "dgram.runtime.*" and a runtime, until it ends; those of its
/// loops have a label "loop", from 0. Does not keep the network alive.
void export_statistics(const runtime& net, const std::string& name,
                       std::chrono::milliseconds interval = default_export_interval);

}  // namespace dgram
