#include "caf_dgram/actors/any_actor.h"

#include <caf/all.hpp>

#include <string>
#include <type_traits>
#include <vector>

#include "caf/actor_registry.hpp"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/own_actor.h"
#include "caf_dgram/actors/compat/wire.h"
#include "caf_dgram/actors/config.h"
#include "caf_dgram/actors/socket_actor.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using typed = caf::typed_actor<answers<void, int>>;

struct counter {
  int value = 0;
};

class AnyActor : public ::testing::Test {
 protected:
  /// Ends an actor; what it did in its start has happened then.
  template <class Handle>
  void end(const Handle& actor) {
    here->send_exit(actor, caf::exit_reason::user_shutdown);
    here->wait_for(actor);
  }

  system_config config;
  caf::actor_system system{config};
  caf::scoped_actor here{system};
  std::vector<any_actor> made;  ///< By actors, of their `self`.
};

TEST_F(AnyActor, IsMadeOfDynamicallyTypedHandles) {
  const auto actor =
      system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  const any_actor made = actor;
  EXPECT_EQ(made.handle(), actor);
  const any_actor from_pointer = caf::actor_cast<caf::strong_actor_ptr>(actor);
  EXPECT_EQ(from_pointer, made);
}

TEST_F(AnyActor, IsMadeOfStaticallyTypedHandles) {
  const auto actor =
      system.spawn([](typed::pointer) -> typed::behavior_type { return {[](int) {}}; });
  const any_actor made = actor;
  EXPECT_EQ(made.handle().address(), actor.address());
}

TEST_F(AnyActor, IsMadeOfSelfInBlockingActors) {
  const any_actor scoped = here;
  EXPECT_EQ(scoped.handle().address(), here.address());
  EXPECT_EQ(any_actor(here.ptr()), scoped);
}

TEST_F(AnyActor, IsMadeOfSelfInEventBasedActors) {
  const auto actor = system.spawn([this](caf::event_based_actor* self) -> caf::behavior {
    made.emplace_back(self);
    return {[](int) {}};
  });
  end(actor);
  EXPECT_EQ(made, std::vector<any_actor>{actor});
}

TEST_F(AnyActor, IsMadeOfSelfInStatefulActors) {
  const auto actor = system.spawn([this](caf::stateful_actor<counter>* self) -> caf::behavior {
    made.emplace_back(self);
    return {[](int) {}};
  });
  end(actor);
  EXPECT_EQ(made, std::vector<any_actor>{actor});
}

TEST_F(AnyActor, IsMadeOfSelfInStaticallyTypedActors) {
  const auto actor = system.spawn([this](typed::pointer self) -> typed::behavior_type {
    const caf::typed_actor_pointer<answers<void, int>> view = self;
    made = {self, view};
    return {[](int) {}};
  });
  end(actor);
  EXPECT_EQ(made, (std::vector<any_actor>{actor, actor}));
}

TEST_F(AnyActor, IsMadeOfSelfInStatefulStaticallyTypedActors) {
  using pointer = typed::stateful_pointer<counter>;
  const auto actor = system.spawn([this](pointer self) -> typed::behavior_type {
    made.emplace_back(self);
    return {[](int) {}};
  });
  end(actor);
  EXPECT_EQ(made, std::vector<any_actor>{actor});
}

TEST_F(AnyActor, OfNothingIsNull) {
  EXPECT_FALSE(any_actor());
  EXPECT_FALSE(any_actor(nullptr));
  EXPECT_FALSE(any_actor(static_cast<caf::event_based_actor*>(nullptr)));
  EXPECT_FALSE(any_actor(caf::strong_actor_ptr()));
  EXPECT_FALSE(any_actor(typed()));
  EXPECT_TRUE(any_actor(here));
}

TEST_F(AnyActor, IsNotMadeOfWhatIsNoActor) {
  EXPECT_FALSE((std::is_convertible_v<int, any_actor>));
  EXPECT_FALSE((std::is_convertible_v<bool, any_actor>));
  EXPECT_FALSE((std::is_convertible_v<int*, any_actor>));
  EXPECT_FALSE((std::is_convertible_v<std::string, any_actor>));
}

TEST_F(AnyActor, ComparesWithHandlesOfEveryKind) {
  const caf::scoped_actor other{system};
  const any_actor mine = here;
  const caf::actor handle = here;
  EXPECT_TRUE(mine == handle && handle == mine);
  EXPECT_TRUE(mine == here && here == mine);
  EXPECT_TRUE(mine == here.ptr());
  EXPECT_TRUE(mine != other && other != mine);
  EXPECT_TRUE(mine != nullptr && nullptr != mine);
  EXPECT_TRUE(mine != typed() && typed() != mine);
}

TEST_F(AnyActor, IsTakenWhereACafActorIs) {
  const any_actor mine = here;
  const auto address_of = [](const caf::actor& who) { return who.address(); };
  EXPECT_EQ(address_of(mine), here.address());
  const caf::actor copied = mine;
  const caf::actor made{mine};
  EXPECT_EQ(copied, made);
}

TEST_F(AnyActor, SubscribesSelfOfAnyKind) {
  EXPECT_EQ(subscribe{here}.subscriber, here);
  EXPECT_EQ((subscribe{here.ptr(), delivery::batched}).subscriber, here);
  EXPECT_EQ((grant{here, 5}).subscriber, here);
  EXPECT_EQ(unsubscribe{nullptr}.subscriber, nullptr);
}

TEST_F(AnyActor, IsWrittenReadAndPrintedAsItsHandle) {
  any_actor mine = here;
  caf::actor handle = here;
  const auto bytes = to_wire(system, mine);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, *to_wire(system, handle));
  any_actor read;
  // Only what is registered is found again.
  system.registry().put(here->id(), caf::actor_cast<caf::strong_actor_ptr>(here));
  ASSERT_FALSE(from_wire(system, bytes->data(), bytes->size(), read));
  system.registry().erase(here->id());
  EXPECT_EQ(read, mine);
  EXPECT_EQ(caf::deep_to_string(mine), caf::deep_to_string(handle));
  EXPECT_EQ(to_string(mine), to_string(handle));
}

TEST_F(AnyActor, IsTheSameForTheSameActorOnly) {
  const caf::scoped_actor other{system};
  const any_actor mine = here;
  const any_actor again = here;
  const any_actor theirs = other;
  EXPECT_TRUE(mine == again);
  EXPECT_FALSE(mine != again);
  EXPECT_TRUE(mine != theirs);
  EXPECT_FALSE(mine == theirs);
  EXPECT_FALSE(mine == other || other == mine);
  EXPECT_FALSE(mine != here || here != mine);
}

}  // namespace
}  // namespace dgram
