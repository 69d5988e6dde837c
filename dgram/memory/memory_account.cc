#include "caf_dgram/dgram/memory/memory_account.h"

namespace dgram {

bool memory_account::await_room() noexcept {
  // In this order: a concurrent release sees the flag, or its effect is seen
  // here.
  awaited_ = true;
  return !(has_room_again() && awaited_.exchange(false));
}

void memory_account::remove(std::size_t bytes) noexcept {
  held_ -= bytes;
  if (awaited_ && has_room_again() && awaited_.exchange(false)) on_room_();
}

}  // namespace dgram
