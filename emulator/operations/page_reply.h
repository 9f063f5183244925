// What Query and Scan have in common: Select and the projection, the index, the start key's value, and the answer.
#pragma once

#include "emulator/context.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/query/page_reader.h"

namespace stator {

// What Select asks for, against the other parameters. Throws the service's errors for what does not go together.
void check_select(const OperationContext& context, bool has_projection_expression, bool has_attributes_to_get);

// ExclusiveStartKey's values, or nothing. A fault is told as one of the starting key.
std::optional<Item> read_start_key(const OperationContext& context);

// Finds IndexName, decides what of each row is answered, and fills table, index, limit, consistent, count_only, projection and
// fetch_base.
void plan_rows(const OperationContext& context, const Table& table, const expressions::Projection* projection,
               PageRequest& request);

// Reads the page and writes the whole answer.
void answer_page(OperationContext& context, const PageRequest& request);

}  // namespace stator
