// What UpdateTable begins and the service shows later: units of throughput, the time of a switch to on demand, table
// class, encryption and what is warmed (ACK's API notes on DynamoDB of October 2026, DDB-TABLE-055, 060, 140, 165, 179,
// 284). The answer to UpdateTable still tells the old values; with a delay DescribeTable does too, until then.
#pragma once

#include <cstdint>

#include "emulator/tables/table.h"

namespace stator {

// Units that differ are asked for. The times of increase and decrease are told at once, the units and their count
// later.
void begin_throughput(Throughput& throughput, const Throughput& asked, int64_t now_ms);

// What the table (or, where one is given, its index) is warmed to as yet.
WarmThroughput warm_now(const Table& table, const Index* index);
// Holds on to it: what was warm once stays warm.
void keep_warm(Table& table);

// What has been begun comes into effect: of the table and of the index.
void complete(Table& table, int64_t now_ms);
void complete(Index& index);

}  // namespace stator
