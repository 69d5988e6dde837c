#include "caf_dgram/dgram/memory/lease.h"

#include <utility>

namespace dgram {
namespace {

/// Owns borrowed memory and the charge for it.
class lease final : public byte_owner {
 public:
  lease(byte_owner_ref memory, memory_charge charge) noexcept
      : charge_(std::move(charge)), memory_(std::move(memory)) {}

  const byte_owner* memory() const noexcept { return memory_.get(); }
  memory_charge& charge() noexcept { return charge_; }

 private:
  void reclaim() noexcept override { const std::unique_ptr<lease> last(this); }

  // Destroyed in reverse order: the memory is free before the account reports
  // room.
  memory_charge charge_;
  byte_owner_ref memory_;
};

}  // namespace

batch lend(const batch& datagrams, const std::shared_ptr<memory_account>& account,
           const reading_costs& costs) {
  batch result;
  result.reserve(datagrams.runs().size());
  byte_owner_ref current;
  const auto terms = [&current]() -> lease& { return static_cast<lease&>(*current.get()); };
  for (const auto& run : datagrams.runs()) {
    const auto& memory = run.bytes.owner();
    // Consecutive runs in the same memory share one lease.
    if (current.get() == nullptr || terms().memory() != memory.get()) {
      const auto size = memory.get() != nullptr ? memory.get()->footprint() : 0;
      auto made = std::make_unique<lease>(memory, memory_charge(account, size));
      current = byte_owner_ref::adopt(made.release());
    }
    terms().charge().add(costs.of(run));
    auto bytes = payload::view_of(current, run.bytes.view());
    result.add_run(std::move(bytes), run.segment_size, run.size, datagrams.ends_of(run));
  }
  return result;
}

}  // namespace dgram
