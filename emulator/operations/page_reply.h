// What Query, Scan and PartiQL's SELECT have in common: Select and the projection, the index, the start key's value,
// and the answer.
#pragma once

#include "emulator/context.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/query/page_reader.h"

namespace stator {

// What Select asks for, against the other parameters. Throws the service's errors for what does not go together.
void check_select(const OperationContext& context, bool has_projection_expression, bool has_attributes_to_get);

// ExclusiveStartKey's values, or nothing. A fault is told as one of the starting key.
std::optional<Item> read_start_key(const OperationContext& context);

// Finds IndexName and fills table, index, limit, consistent, count_only and projection.
void plan_rows(const OperationContext& context, const Table& table, const expressions::Projection* projection,
               PageRequest& request);
// Whether the index holds what is asked for, or may fetch it: fills fetch_base. The service looks at this behind the
// key conditions and the filter. `wants_all`: ALL_ATTRIBUTES.
void check_projected(bool wants_all, PageRequest& request);

// A Query's filter may use only what the index holds, fetched or not (dynamodb-toolbox's issue 1195; AppSync's owner
// rule meets it too). Not asked of Scan.
void check_filter_projected(const PageRequest& request);

// What reading the page has cost.
CapacityUse use_of(const PageRequest& request, const Page& page);

// Reads the page and writes the whole answer of Query or Scan.
void answer_page(OperationContext& context, const PageRequest& request);

}  // namespace stator
