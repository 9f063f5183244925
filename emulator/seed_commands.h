// What the program does with seed folders: --seed before a server's first answer, `stator import`, `stator export`.
// Part of the program, not of a room: options in, words on standard output and error. Long work shows its progress on
// standard error where that is a terminal, and nowhere else.
#pragma once

#include <functional>
#include <string>

#include "emulator/clock.h"
#include "emulator/engine.h"
#include "emulator/options.h"

namespace stator {

// Imports options.seed. False: `stop` has said so; nothing was changed. Throws what it cannot do.
bool seed(const Options& options, Engine& engine, const std::function<void(const std::string&)>& log,
          const std::function<bool()>& stop);

// The exit status. Throw what they cannot do.
int run_import(const Options& options, const Clock& clock);
int run_export(const Options& options, const Clock& clock);

persistence::Durability durability_of(const Options& options);

}  // namespace stator
