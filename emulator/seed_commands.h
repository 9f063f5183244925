// What the program does with tables from files: --seed before a server's first answer, the tables of served templates,
// `stator import`, `stator export`.
// Part of the program, not of a room: options in, words on standard output and error. Long work shows its progress on
// standard error where that is a terminal, and nowhere else.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "emulator/clock.h"
#include "emulator/engine.h"
#include "emulator/options.h"
#include "emulator/templates/tables.h"

namespace stator {

// Imports options.seed. False: `stop` has said so; nothing was changed. Throws what it cannot do.
bool seed(const Options& options, Engine& engine, const std::function<void(const std::string&)>& log,
          const std::function<bool()>& stop);

// Makes those of a template's tables that are not there, where functions look for them. Any thread.
void create_missing(Engine& engine, const std::vector<templates::TableRequest>& tables);

// The exit status. Throw what they cannot do.
int run_import(const Options& options, const Clock& clock);
int run_export(const Options& options, const Clock& clock);

persistence::Durability durability_of(const Options& options);

}  // namespace stator
