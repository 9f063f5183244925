// Items as lines of Amazon Ion's text form, as the service exports and imports them:
//
//   $ion_1_0 {Item:{Authors:$dynamodb_SS::["a","b"],Id:103.,InPublication:false,PageCount:6d2,Title:"T"}}
//
// S is a string, N a decimal, B a blob, BOOL a bool, NULL a null, L a list, M a struct, a set a list with an
// annotation. Source: the developer guide, "DynamoDB table export output format" and "Amazon S3 import formats for
// DynamoDB"; how decimals, strings and names are written is ion-java's way. Read are values of those types, and ints as
// numbers; long strings, clobs, symbols and timestamps are no value of an item.
#pragma once

#include <string>
#include <string_view>

#include "protocol/value/attribute_value.h"

namespace stator::seeding {

// Appends the line, without its end.
void append_ion_item(const Item& item, std::string& out);

inline constexpr size_t kMostIonBytesALine = 16 << 20;  // that are read

// Appends the line's value as DynamoDB JSON: {"Item":{...}}. What is wrong with the line, or an empty text.
std::string ion_to_json(std::string_view line, std::string& out);

// The same of a struct that may have other fields beside Item: the struct ExpressionAttributeValues has values as an
// item has, the struct ExpressionAttributeNames strings; any other field is a string.
std::string ion_record_to_json(std::string_view line, std::string& out);

}  // namespace stator::seeding
