/// What must hold for any input of a fuzz target.
#pragma once

#include <cstdio>
#include <cstdlib>

inline void require_at(bool holds, const char* what, const char* file, int line) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d: %s does not hold\n", file, line, what);
  std::abort();
}

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): the text and place of what failed
#define require(condition) require_at((condition), #condition, __FILE__, __LINE__)
