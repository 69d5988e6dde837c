/// Declares that the library contains the templates of its messages (compat/prebuilt.h). Those
/// of a message that is not listed are compiled wherever it is used.
#pragma once

#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/compat/prebuilt.h"
#include "caf_dgram/actors/events.h"

#define CAF_DGRAM_PREBUILT_MESSAGES(instantiate)             \
  CAF_DGRAM_PREBUILT(instantiate, dgram::send)               \
  CAF_DGRAM_PREBUILT(instantiate, dgram::send_batch)         \
  CAF_DGRAM_PREBUILT(instantiate, dgram::bind)               \
  CAF_DGRAM_PREBUILT(instantiate, dgram::connect)            \
  CAF_DGRAM_PREBUILT(instantiate, dgram::disconnect)         \
  CAF_DGRAM_PREBUILT(instantiate, dgram::get_local_address)  \
  CAF_DGRAM_PREBUILT(instantiate, dgram::get_remote_address) \
  CAF_DGRAM_PREBUILT(instantiate, dgram::close)              \
  CAF_DGRAM_PREBUILT(instantiate, dgram::set_option)         \
  CAF_DGRAM_PREBUILT(instantiate, dgram::get_option)         \
  CAF_DGRAM_PREBUILT(instantiate, dgram::add_membership)     \
  CAF_DGRAM_PREBUILT(instantiate, dgram::drop_membership)    \
  CAF_DGRAM_PREBUILT(instantiate, dgram::subscribe)          \
  CAF_DGRAM_PREBUILT(instantiate, dgram::unsubscribe)        \
  CAF_DGRAM_PREBUILT(instantiate, dgram::grant)              \
  CAF_DGRAM_PREBUILT(instantiate, dgram::get_statistics)     \
  CAF_DGRAM_PREBUILT(instantiate, dgram::message_event)      \
  CAF_DGRAM_PREBUILT(instantiate, dgram::batch_event)        \
  CAF_DGRAM_PREBUILT(instantiate, dgram::passive_event)      \
  CAF_DGRAM_PREBUILT(instantiate, dgram::error_event)        \
  CAF_DGRAM_PREBUILT(instantiate, dgram::close_event)        \
  CAF_DGRAM_PREBUILT(instantiate, dgram::listening_event)    \
  CAF_DGRAM_PREBUILT(instantiate, dgram::connect_event)      \
  CAF_DGRAM_PREBUILT(instantiate, dgram::disconnect_event)   \
  CAF_DGRAM_PREBUILT(instantiate, dgram::overrun_event)      \
  CAF_DGRAM_PREBUILT(instantiate, dgram::kernel_drop_event)  \
  CAF_DGRAM_PREBUILT(instantiate, dgram::drain_event)

CAF_DGRAM_PREBUILT_MESSAGES(extern template)
