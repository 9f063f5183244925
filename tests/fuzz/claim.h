// claim(what holds, why): a fuzz target stops, and libFuzzer keeps the input, when a law is broken.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace stator::fuzz {

inline void claim(bool holds, const char* law) {
  if (holds) return;
  std::fprintf(stderr, "broken law: %s\n", law);
  std::abort();
}

}  // namespace stator::fuzz
