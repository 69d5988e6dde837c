/// The numbers by which CAF 1.x knows this library's message types. They travel between
/// processes and never change; 1000 to 1199 are reserved for this library. CAF 0.17 knows
/// types by their names.
#pragma once

#include "caf/config.hpp"
#if CAF_MAJOR_VERSION >= 1
#include <cstdint>
#include <string_view>

#include "caf/init_global_meta_objects.hpp"
#include "caf/type_id.hpp"

namespace dgram {

enum class errc : std::uint8_t;
struct add_membership;
struct batch_event;
struct batch_result;
struct bind;
struct close;
struct close_event;
struct connect;
struct connect_event;
struct disconnect;
struct disconnect_event;
struct drain_event;
struct drop_membership;
struct error_event;
struct event_acknowledged;
struct get_local_address;
struct get_option;
struct get_remote_address;
struct get_statistics;
struct grant;
struct kernel_drop_event;
struct listening_event;
struct membership;
struct message_event;
struct open_group;
struct open_socket;
struct overrun_event;
struct passive_event;
struct resolve;
struct resolved;
struct send;
struct send_batch;
struct set_broadcast;
struct set_multicast_interface;
struct set_multicast_loopback;
struct set_multicast_ttl;
struct set_option;
struct set_ttl;
struct statistics;
struct subscribe;
struct subscribe_through;
struct unsubscribe;
struct watched_ended;
class endpoint;
class option_value;

}  // namespace dgram

// CAF's own macros count, so that the numbers would depend on the order of includes.
#define CAF_DGRAM_TYPE_ID(number, ...)                                                \
  namespace caf {                                                                     \
  template <>                                                                         \
  struct type_id<__VA_ARGS__> {                                                       \
    static constexpr auto value = static_cast<type_id_t>(number);                     \
  };                                                                                  \
  template <>                                                                         \
  struct type_by_id<static_cast<type_id_t>(number)> {                                 \
    using type = __VA_ARGS__;                                                         \
  };                                                                                  \
  template <>                                                                         \
  struct type_name<__VA_ARGS__> {                                                     \
    static constexpr std::string_view value = #__VA_ARGS__;                           \
  };                                                                                  \
  template <>                                                                         \
  struct type_name_by_id<static_cast<type_id_t>(number)> : type_name<__VA_ARGS__> {}; \
  }

CAF_DGRAM_TYPE_ID(1000, dgram::send)
CAF_DGRAM_TYPE_ID(1001, dgram::send_batch)
CAF_DGRAM_TYPE_ID(1002, dgram::bind)
CAF_DGRAM_TYPE_ID(1003, dgram::connect)
CAF_DGRAM_TYPE_ID(1004, dgram::disconnect)
CAF_DGRAM_TYPE_ID(1005, dgram::get_local_address)
CAF_DGRAM_TYPE_ID(1006, dgram::get_remote_address)
CAF_DGRAM_TYPE_ID(1007, dgram::close)
CAF_DGRAM_TYPE_ID(1008, dgram::set_option)
CAF_DGRAM_TYPE_ID(1009, dgram::get_option)
CAF_DGRAM_TYPE_ID(1010, dgram::set_broadcast)
CAF_DGRAM_TYPE_ID(1011, dgram::set_ttl)
CAF_DGRAM_TYPE_ID(1012, dgram::set_multicast_ttl)
CAF_DGRAM_TYPE_ID(1013, dgram::set_multicast_loopback)
CAF_DGRAM_TYPE_ID(1014, dgram::set_multicast_interface)
CAF_DGRAM_TYPE_ID(1015, dgram::add_membership)
CAF_DGRAM_TYPE_ID(1016, dgram::drop_membership)
CAF_DGRAM_TYPE_ID(1017, dgram::subscribe)
CAF_DGRAM_TYPE_ID(1018, dgram::unsubscribe)
CAF_DGRAM_TYPE_ID(1019, dgram::grant)
CAF_DGRAM_TYPE_ID(1020, dgram::get_statistics)
CAF_DGRAM_TYPE_ID(1021, dgram::batch_result)
CAF_DGRAM_TYPE_ID(1022, dgram::membership)
CAF_DGRAM_TYPE_ID(1023, dgram::statistics)
CAF_DGRAM_TYPE_ID(1024, dgram::message_event)
CAF_DGRAM_TYPE_ID(1025, dgram::batch_event)
CAF_DGRAM_TYPE_ID(1026, dgram::passive_event)
CAF_DGRAM_TYPE_ID(1027, dgram::error_event)
CAF_DGRAM_TYPE_ID(1028, dgram::close_event)
CAF_DGRAM_TYPE_ID(1029, dgram::listening_event)
CAF_DGRAM_TYPE_ID(1030, dgram::connect_event)
CAF_DGRAM_TYPE_ID(1031, dgram::overrun_event)
CAF_DGRAM_TYPE_ID(1032, dgram::kernel_drop_event)
CAF_DGRAM_TYPE_ID(1033, dgram::drain_event)
CAF_DGRAM_TYPE_ID(1034, dgram::resolve)
CAF_DGRAM_TYPE_ID(1035, dgram::resolved)
CAF_DGRAM_TYPE_ID(1036, dgram::open_socket)
CAF_DGRAM_TYPE_ID(1037, dgram::open_group)
CAF_DGRAM_TYPE_ID(1038, dgram::subscribe_through)
CAF_DGRAM_TYPE_ID(1039, dgram::event_acknowledged)
CAF_DGRAM_TYPE_ID(1040, dgram::endpoint)
CAF_DGRAM_TYPE_ID(1041, dgram::option_value)
CAF_DGRAM_TYPE_ID(1042, dgram::errc)

CAF_DGRAM_TYPE_ID(1044, dgram::disconnect_event)
CAF_DGRAM_TYPE_ID(1045, dgram::watched_ended)

/// Follows the types above, which socket_actor is made of.
#define CAF_DGRAM_SOCKET_TYPE_ID CAF_DGRAM_TYPE_ID(1043, dgram::socket_actor)

namespace caf::id_block {

/// For `CAF_MAIN(caf::id_block::caf_dgram)` and `caf::init_global_meta_objects`.
struct caf_dgram {
  static constexpr auto begin = static_cast<type_id_t>(1000);
  static constexpr auto end = static_cast<type_id_t>(1046);
};

}  // namespace caf::id_block

// Instantiated in the library alone, since not all of the types are public.
extern template void caf::init_global_meta_objects<caf::id_block::caf_dgram>();
#define CAF_DGRAM_INSTANTIATE_REGISTRATION \
  template void caf::init_global_meta_objects<caf::id_block::caf_dgram>();
#else
#define CAF_DGRAM_SOCKET_TYPE_ID
#define CAF_DGRAM_INSTANTIATE_REGISTRATION
#endif
