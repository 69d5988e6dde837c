/// Memory for payloads that is filled piece by piece.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "caf_dgram/dgram/byte_owner.h"

namespace dgram {

/// Not initialized: pages that nobody writes cost nothing.
class heap_bytes final : public byte_owner {
 public:
  explicit heap_bytes(std::size_t size)
      : size_(size), memory_(static_cast<char*>(std::malloc(size))) {}

  /// Null if there is not so much memory.
  char* data() const noexcept { return memory_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::size_t footprint() const noexcept override { return size_; }

 private:
  struct freed {
    void operator()(char* memory) const noexcept { std::free(memory); }
  };

  void reclaim() noexcept override { const std::unique_ptr<heap_bytes> last(this); }

  const std::size_t size_;
  const std::unique_ptr<char, freed> memory_;
};

}  // namespace dgram
