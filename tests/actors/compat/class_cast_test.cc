#include "caf_dgram/actors/compat/class_cast.h"

#include <caf/all.hpp>

#include "caf_dgram/actors/compat/resident.h"
#include "caf_dgram/actors/config.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

class neighbour : public caf::event_based_actor, public resident {
 public:
  using caf::event_based_actor::event_based_actor;
  const void* home() const noexcept override { return this; }
  caf::behavior make_behavior() override {
    return {[](int) {}};
  }
};

caf::behavior stranger(caf::event_based_actor*) {
  return {[](int) {}};
}

TEST(ClassCast, FindsTheClassOrNoneWhicheverActorsItSawBefore) {
  dgram::system_config config;
  caf::actor_system system{config};
  const caf::actor one = system.spawn<neighbour>();
  const caf::actor two = system.spawn<neighbour>();
  const caf::actor other = system.spawn(stranger);
  const auto base_of = [](const caf::actor& who) {
    return caf::actor_cast<caf::abstract_actor*>(who);
  };
  for (const auto& who : {one, two, other, other, one, one}) {
    EXPECT_EQ(class_cast<resident>(base_of(who)), dynamic_cast<resident*>(base_of(who)));
    EXPECT_EQ(class_cast<caf::blocking_actor>(base_of(who)), nullptr);
    EXPECT_NE(class_cast<caf::local_actor>(base_of(who)), nullptr);
  }
  EXPECT_EQ(class_cast<resident>(base_of(two))->home(), dynamic_cast<void*>(base_of(two)));
  EXPECT_EQ(class_cast<resident>(nullptr), nullptr);
  for (const auto& who : {one, two, other}) caf::anon_send_exit(who, caf::exit_reason::kill);
}

}  // namespace
}  // namespace dgram
