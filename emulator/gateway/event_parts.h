// The pieces that events of all kinds of APIs are written from. For the files that write events; see events.h.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/gateway/call.h"
#include "protocol/json/json_writer.h"

namespace stator::gateway {

// Names with all their values, in the order of first appearance.
using Grouped = std::vector<std::pair<std::string, std::vector<std::string>>>;

Grouped group(const HeaderList& pairs, bool ignore_case);

// Whether an absent map is null, as functions get it, or {}, as authorizers do.
enum class Absent : uint8_t { kNull, kEmpty };

// Text that came off the wire and may be anything.
void write_text(JsonWriter& w, std::string_view text);
// A null where there is none.
void write_known(JsonWriter& w, std::string_view key, const std::string& value);
void write_last(JsonWriter& w, std::string_view key, const Grouped& grouped, Absent absent = Absent::kNull);
void write_all(JsonWriter& w, std::string_view key, const Grouped& grouped, Absent absent = Absent::kNull);
void write_joined(JsonWriter& w, std::string_view key, const Grouped& grouped);
void write_body(JsonWriter& w, const Call& call, bool binary, bool null_when_empty);

template <typename Pairs>
void write_pairs(JsonWriter& w, std::string_view key, const Pairs& pairs, Absent absent = Absent::kNull) {
  w.key(key);
  if (pairs.empty() && absent == Absent::kNull) {
    w.null();
    return;
  }
  w.begin_object();
  for (const auto& [name, value] : pairs) write_text(w.key(name), value);
  w.end_object();
}

}  // namespace stator::gateway
