/// Tells the threads of loops from others.
#pragma once

namespace dgram {

/// Whether the calling thread runs a loop of any runtime.
bool is_loop_thread() noexcept;

/// The calling thread does from now on.
void be_loop_thread() noexcept;

}  // namespace dgram
