/// Tells kinds of thread apart.
#pragma once

namespace caf {
class actor_system;
}

namespace dgram {

/// Whether CAF has run on the calling thread: as one of its own threads, or because the
/// thread created an actor system, a scoped actor or an actor.
bool is_known_to_caf();

/// Makes the calling thread known, so that what actors log on it reaches the system's logger.
void make_known_to(caf::actor_system& system);

/// Whether the calling thread belongs to the system's scheduler, so that blocking it
/// could starve other actors.
bool is_scheduler_thread(caf::actor_system& system);

}  // namespace dgram
