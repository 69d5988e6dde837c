/// Has the templates that CAF 0.17 needs for each message type instantiated once, in this
/// library, and not in every file that sends or receives it: they take up to a third of the
/// time to compile such a file. CAF 1.x needs next to none.
#pragma once

#include "caf/config.hpp"
#if CAF_MAJOR_VERSION < 1
#include "caf/detail/message_data.hpp"
#include "caf/detail/tuple_vals.hpp"
#include "caf/detail/type_erased_value_impl.hpp"
#include "caf/type_erased_tuple.hpp"

/// `instantiate` is `template`, or `extern template`.
// NOLINTBEGIN(bugprone-macro-parentheses): a type in parentheses is no template argument.
#define CAF_DGRAM_PREBUILT(instantiate, type)                                      \
  instantiate class caf::detail::type_erased_value_impl<type>;                     \
  instantiate class caf::detail::tuple_vals_impl<caf::detail::message_data, type>; \
  instantiate class caf::detail::tuple_vals<type>;                                 \
  instantiate class caf::detail::tuple_vals_impl<caf::type_erased_tuple, type>;
// NOLINTEND(bugprone-macro-parentheses)
#else
#define CAF_DGRAM_PREBUILT(instantiate, type)
#endif
