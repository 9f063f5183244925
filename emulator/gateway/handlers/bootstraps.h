// The texts of bootstrap.mjs and bootstrap.py, put into the program when it is built (scripts/cmake/embed.cmake).
#pragma once

#include <string_view>

namespace stator::gateway {

extern const std::string_view kNodeBootstrap;
extern const std::string_view kPythonBootstrap;

}  // namespace stator::gateway
