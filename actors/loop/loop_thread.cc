#include "caf_dgram/actors/loop/loop_thread.h"

namespace dgram {
namespace {

thread_local bool runs_a_loop = false;

}  // namespace

bool is_loop_thread() noexcept { return runs_a_loop; }

void be_loop_thread() noexcept { runs_a_loop = true; }

}  // namespace dgram
