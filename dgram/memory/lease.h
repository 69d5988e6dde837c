/// Lends received datagrams to a reader whose own account is charged while it
/// keeps any of them, so that a slow reader does not use up the memory of the
/// others.
///
///   batch theirs = lend(datagrams, their_account, {});
///
/// No bytes are copied: the memory stays until its last borrower releases it,
/// and each borrower is charged for all of it.
#pragma once

#include <memory>

#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/memory/memory_account.h"

namespace dgram {

/// Memory of the messages that carry datagrams to a reader, on top of the
/// datagrams' bytes.
struct reading_costs {
  std::size_t datagram = 0;  ///< Bytes per datagram.
  std::size_t run = 0;       ///< Bytes per run.

  std::size_t of(const datagram_run& what) const noexcept { return run + datagram * what.count(); }
};

/// The same datagrams, charged to the account.
batch lend(const batch& datagrams, const std::shared_ptr<memory_account>& account,
           const reading_costs& costs);

}  // namespace dgram
