/// Where a runtime places a socket or an actor: on which of its loops.
///
///   auto worker = net.spawn_at(dgram::placement::beside(sock), serve, sock);
#pragma once

#include <cstdint>
#include <utility>

#include "caf_dgram/actors/any_actor.h"

namespace dgram {

class placement {
 public:
  /// An actor: as `spread`. A socket: beside its listener, if that lives on a loop of the
  /// same runtime, otherwise on the loop whose actor opens it, otherwise as `spread`.
  placement() = default;

  /// On the loop with the fewest sockets and actors.
  static placement spread() { return {kind::spread, {}}; }

  /// On the loop of a socket, or of an actor that was spawned by the same runtime.
  static placement beside(any_actor neighbour) { return {kind::beside, std::move(neighbour)}; }

  enum class kind : std::uint8_t { usual, spread, beside };

  kind how() const noexcept { return how_; }
  const any_actor& neighbour() const noexcept { return neighbour_; }

 private:
  placement(kind how, any_actor neighbour) : how_(how), neighbour_(std::move(neighbour)) {}

  kind how_ = kind::usual;
  any_actor neighbour_;
};

}  // namespace dgram
