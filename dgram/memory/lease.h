/// Lends received datagrams to somebody whose own account is charged for as long
/// as it keeps any of them: so that one reader's slowness is not another's.
///
///   batch theirs = lend(datagrams, their_account, {});
///
/// No bytes are copied: the datagrams' memory stays until its last borrower has
/// let go of it, and each of them is charged for all of it.
#pragma once

#include <memory>

#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/memory/memory_account.h"

namespace dgram {

/// What datagrams cost a reader besides their bytes: the messages that they come
/// to it in.
struct reading_costs {
  std::size_t datagram = 0;  ///< Bytes for each.
  std::size_t run = 0;       ///< Bytes for each run of them.

  std::size_t of(const datagram_run& what) const noexcept { return run + datagram * what.count(); }
};

/// The same datagrams, charged to the account.
batch lend(const batch& datagrams, const std::shared_ptr<memory_account>& account,
           const reading_costs& costs);

}  // namespace dgram
