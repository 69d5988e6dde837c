#include "caf_dgram/dgram/lcm/loss_place.h"

namespace dgram::lcm {

const char* to_string(loss_place place) noexcept {
  switch (place) {
    case loss_place::network:
      return "network";
    case loss_place::fragments:
      return "fragments";
    case loss_place::reassembly:
      return "reassembly";
    case loss_place::contradiction:
      return "contradiction";
  }
  return "unknown place";
}

}  // namespace dgram::lcm
