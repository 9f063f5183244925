// What the answers of PutItem, UpdateItem, DeleteItem and the batches have in common: carrying out the write with its
// claims, the failed condition, Attributes, ConsumedCapacity, ItemCollectionMetrics.
#pragma once

#include "emulator/context.h"
#include "emulator/writes/item_writer.h"

namespace stator {

// What PutItem's and DeleteItem's ReturnValues ask for, which may be ALL_OLD or NONE only.
bool returns_old(const OperationContext& context);

// One write in a transaction of its own. Looks the table up again once it has the writer's place, meets claims with the
// service's conflict, and throws ConditionalCheckFailedException (with the item, where the request asks for it).
// `access.table` and write.table are brought up to date.
ItemWritten write_one(OperationContext& context, TableAccess& access, ItemWrite& write);
// The same, with a condition that is false as a value, and nothing written then.
ItemWritten try_write(OperationContext& context, TableAccess& access, ItemWrite& write);

// The members behind Attributes, and the closing brace.
void write_capacity_and_metrics(OperationContext& context, JsonWriter& w, const Table& table, const ItemKey& key,
                                const ItemWritten& written);

// {"ItemCollectionKey":..,"SizeEstimateRangeGB":[..]} as the writer's next value.
void write_collection_metrics(JsonWriter& w, const Table& table, const AttributeValue& hash, int64_t bytes);

}  // namespace stator
