/// Has a visitor of values (`value_writer` and the like, bus/value_format.h) see what a type's
/// `inspect` shows, which CAF 0.17 and 1.x call in different ways.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "caf/config.hpp"
#include "caf/error.hpp"
#if CAF_MAJOR_VERSION < 1
#include "caf/meta/annotation.hpp"
#include "caf/meta/load_callback.hpp"
#include "caf/meta/save_callback.hpp"
#include "caf/meta/type_name.hpp"
#include "caf/sec.hpp"
#endif

namespace dgram {

template <class Visitor, class T>
void inspect_value(Visitor& visitor, T& value);

// -- kinds of types -------------------------------------------------------------

template <class T>
struct is_duration : std::false_type {};
template <class Rep, class Period>
struct is_duration<std::chrono::duration<Rep, Period>> : std::true_type {};

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

template <class T>
struct is_array : std::false_type {};
template <class T, std::size_t Size>
struct is_array<std::array<T, Size>> : std::true_type {};

template <class T, class = void>
struct is_tuple : std::false_type {};
template <class T>
struct is_tuple<T, std::void_t<decltype(std::tuple_size<T>::value)>> : std::true_type {};

/// What a container's elements are while they are outside of it.
template <class T>
struct element {
  using type = T;
};
template <class Key, class Value>
struct element<std::pair<const Key, Value>> {
  using type = std::pair<Key, Value>;
};

template <class T, class = void>
struct is_list : std::false_type {};
template <class T>
struct is_list<T, std::void_t<decltype(std::declval<T&>().insert(
                      std::declval<T&>().end(), std::declval<typename T::value_type>()))>>
    : std::true_type {};

// -- inspectors -----------------------------------------------------------------

#if CAF_MAJOR_VERSION >= 1
/// An inspector of CAF 1.x.
template <class Visitor>
class value_inspector {
 public:
  static constexpr bool is_loading = Visitor::is_reading;

  static constexpr bool has_human_readable_format() noexcept { return false; }

  explicit value_inspector(Visitor& visitor) noexcept : visitor_(visitor) {}

  template <class T>
  auto object(T&) noexcept {
    // A registered name is not known in every program.
    return object_of<>(*this, {});
  }

  auto virtual_object(std::string_view name) noexcept { return object_of<>(*this, name); }

  template <class T>
  auto field(std::string_view, T& value) {
    return a_field([this, &value] { inspect_value(visitor_, value); },
                   [&value]() -> const T& { return value; });
  }

  template <class Get, class Set>
  auto field(std::string_view, Get get, Set set) {
    return a_field([this, get, set]() mutable { apply(get, set); }, get);
  }

  template <class IsPresent, class Get, class Reset, class Set>
  auto field(std::string_view, IsPresent is_present, Get get, Reset reset, Set set) {
    const auto visit = [this, is_present, get, reset, set]() mutable {
      std::optional<std::decay_t<decltype(get())>> value;
      if constexpr (!is_loading) {
        if (is_present()) value = get();
      }
      inspect_value(visitor_, value);
      if constexpr (is_loading) {
        if (visitor_.has_failed()) return;
        if (!value) return reset();
        call([&] { return set(std::move(*value)); });
      }
    };
    return a_field(visit, get);
  }

  template <class T>
  bool apply(T& value) {
    inspect_value(visitor_, value);
    return !visitor_.has_failed();
  }

  template <class Get, class Set>
  bool apply(Get&& get, Set&& set) {
    std::decay_t<decltype(get())> value{};
    if constexpr (!is_loading) value = get();
    inspect_value(visitor_, value);
    if constexpr (is_loading) {
      if (!visitor_.has_failed()) call([&] { return set(std::move(value)); });
    }
    return !visitor_.has_failed();
  }

  void set_error(const caf::error&) { visitor_.fail(); }
  template <class... Arguments>
  void emplace_error(Arguments&&...) {
    visitor_.fail();
  }
  void get_error() const noexcept {}

 private:
  struct nothing {
    bool operator()() const noexcept { return true; }
  };

  /// What `field` makes, to be visited by `fields`.
  template <class Visit, class Get>
  struct one_field {
    value_inspector& self;
    Visit visit;
    Get get;

    template <class Predicate>
    auto invariant(Predicate holds) {
      const auto visit_and_check = [inner = *this, holds]() mutable {
        inner.visit();
        static_cast<void>(holds);
        if constexpr (is_loading) {
          if (!inner.self.visitor_.has_failed() && !holds(inner.get())) inner.self.visitor_.fail();
        }
      };
      return self.a_field(visit_and_check, get);
    }

    /// All fields are written, and none is missing.
    template <class Value>
    auto fallback(const Value&) {
      return *this;
    }
  };

  template <class Visit, class Get>
  one_field<Visit, Get> a_field(Visit visit, Get get) {
    return {*this, std::move(visit), std::move(get)};
  }

  template <class OnLoad = nothing, class OnSave = nothing>
  class object_of {
   public:
    object_of(value_inspector& self, std::string_view name, OnLoad on_load = {},
              OnSave on_save = {}) noexcept
        : self_(self), name_(name), on_load_(std::move(on_load)), on_save_(std::move(on_save)) {}

    object_of pretty_name(std::string_view name) {
      name_ = name;
      return *this;
    }

    template <class Fun>
    auto on_load(Fun fun) {
      return object_of<Fun, OnSave>(self_, name_, std::move(fun), on_save_);
    }

    template <class Fun>
    auto on_save(Fun fun) {
      return object_of<OnLoad, Fun>(self_, name_, on_load_, std::move(fun));
    }

    template <class... Fields>
    bool fields(Fields... each) {
      if constexpr (!is_loading) self_.call(on_save_);
      self_.visitor_.object(name_, sizeof...(Fields), [&] { (each.visit(), ...); });
      if constexpr (is_loading) {
        if (!self_.visitor_.has_failed()) self_.call(on_load_);
      }
      return !self_.visitor_.has_failed();
    }

   private:
    value_inspector& self_;
    std::string_view name_;
    OnLoad on_load_;
    OnSave on_save_;
  };

  /// Calls what may return nothing, whether it succeeded, or an error.
  template <class Fun>
  void call(Fun&& fun) {
    using result = decltype(fun());
    if constexpr (std::is_void_v<result>) {
      fun();
    } else if constexpr (std::is_same_v<result, bool>) {
      if (!fun()) visitor_.fail();
    } else {
      if (fun()) visitor_.fail();
    }
  }

  Visitor& visitor_;
};
#else
/// An inspector of CAF 0.17.
template <class Visitor>
class value_inspector {
 public:
  using result_type = caf::error;

  static constexpr bool reads_state = !Visitor::is_reading;
  static constexpr bool writes_state = Visitor::is_reading;

  explicit value_inspector(Visitor& visitor) noexcept : visitor_(visitor) {}

  template <class... Arguments>
  caf::error operator()(Arguments&&... each) {
    (note(each), ...);
    const auto fields = (std::size_t{0} + ... + (is_annotation<Arguments> ? 0U : 1U));
    visitor_.object(std::exchange(name_, {}), fields, [&] { (visit(each), ...); });
    if constexpr (Visitor::is_reading) {
      if (!visitor_.has_failed()) (loaded(each), ...);
    }
    return visitor_.has_failed() ? caf::error(caf::sec::invalid_argument) : caf::error();
  }

 private:
  template <class T>
  static constexpr bool is_annotation = caf::meta::is_annotation<std::decay_t<T>>::value;

  void note(const caf::meta::type_name_t& given) noexcept { name_ = given.value; }
  template <class Fun>
  void note(const caf::meta::save_callback_t<Fun>& on_save) {
    if constexpr (!Visitor::is_reading) {
      if (on_save.fun()) visitor_.fail();
    }
  }
  template <class T>
  void note(const T&) noexcept {}

  template <class T>
  void visit(T& value) {
    if constexpr (!is_annotation<T>) inspect_value(visitor_, value);
  }

  template <class Fun>
  void loaded(const caf::meta::load_callback_t<Fun>& on_load) {
    if (on_load.fun()) visitor_.fail();
  }
  template <class T>
  void loaded(const T&) noexcept {}

  Visitor& visitor_;
  std::string_view name_;
};
#endif

// -- any type -------------------------------------------------------------------

template <class Visitor, class T>
void inspect_value(Visitor& visitor, T& value) {
  const auto each = [&visitor](auto& part) { inspect_value(visitor, part); };
  if constexpr (std::is_const_v<T>) {
    // CAF's inspectors write through what they only read.
    inspect_value(visitor, const_cast<std::remove_const_t<T>&>(value));  // NOLINT
  } else if constexpr (std::is_arithmetic_v<T>) {
    visitor.number(value);
  } else if constexpr (std::is_enum_v<T>) {
    auto number = static_cast<std::underlying_type_t<T>>(value);
    visitor.number(number);
    if constexpr (Visitor::is_reading) value = static_cast<T>(number);
  } else if constexpr (std::is_same_v<T, std::string>) {
    visitor.text(value);
  } else if constexpr (is_duration<T>::value) {
    auto count = value.count();
    visitor.template duration<typename T::period>(count);
    if constexpr (Visitor::is_reading) value = T(count);
  } else if constexpr (is_array<T>::value) {
    visitor.array(value, each);
  } else if constexpr (is_tuple<T>::value) {
    std::apply([&each](auto&... part) { (each(part), ...); }, value);
  } else if constexpr (is_optional<T>::value) {
    visitor.optional(value, each);
  } else if constexpr (is_list<T>::value) {
    visitor.template list<typename element<typename T::value_type>::type>(value, each);
  } else {
    visitor.template type<T>([&] {
      value_inspector<Visitor> inspector(visitor);
      static_cast<void>(inspect(inspector, value));
    });
  }
}

}  // namespace dgram
