// One place that checks every operation's request against the API model, before the operation sees it:
//   1. JSON types, in the order of the document: SerializationException, the same in both dialects;
//   2. member constraints (null, length, enum, pattern, range), in the service's order and wording, at most ten of them
//      joined under "N validation errors detected: "; the new dialect reports some of them in another form and alone.
// Unknown members are ignored, null members are absent. A request that passes costs no allocation.
//
// It knows no table and no expression. What it lets through may be read without looking at JSON types again: the
// members of the model have their types, blobs are base64, elements of lists and maps may still be JSON null. Sources:
// validation_errors.json ("serialization" and the entries), validation_2026.md section 2.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/json/json_value.h"
#include "protocol/shapes/dialect.h"
#include "protocol/shapes/model.h"

namespace stator {

// Throws AwsError. Returns the flags for the layers behind: the operation's own, or those of the old dialect where the
// new validator hands the request to the old one (a required member missing, a table name too long or malformed, values
// nested deeper than 62 levels on the three writes).
const OperationDialect& check_request(OperationId operation, const JsonValue& body, const DialectSettings& settings);

// A number of the model's integer and long members as the service reads it: fractions are cut off, exponents allowed.
// For members that passed check_request; others give 0.
int64_t integer_value(const JsonValue& value);

namespace shapes {

inline constexpr size_t kFallBackDepth = 62;

// Step 1. Returns how many lists and maps stand around the deepest value of the body.
size_t check_types(const Shape& input, const JsonValue& body);

// Step 2, in constraint_check.cc.
const OperationDialect& check_constraints(OperationId operation, const JsonValue& body, const DialectSettings& settings,
                                          size_t value_depth);

// What the service prints of a value inside a message: strings as they are, the rest as Java objects.
void print_java(const Shape& shape, const JsonValue& value, std::string& out);

}  // namespace shapes
}  // namespace stator
