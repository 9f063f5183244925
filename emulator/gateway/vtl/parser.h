// Velocity's template language, version 1.7, which is the service's. Pure: text to tree.
//
//   template   = { text | reference | directive | comment | "#[[" text "]]#" }
//   reference  = {"\"} "$" ["!"] ( path | "{" path "}" )
//   path       = name { "." name [ "(" [ expression { "," expression } ] ")" ] | "[" expression "]" }
//   directive  = "#set" "(" reference "=" expression ")"
//              | "#if" "(" expression ")" template { "#elseif" "(" expression ")" template } [ "#else" template ]
//              "#end" | "#foreach" "(" "$"name "in" expression ")" template "#end" | "#define" "(" "$"name ")" template
//              "#end" | "#macro" "(" name { "$"name } ")" template "#end" | "#break" | "#stop" | "#"macro "(" {
//              expression } ")" | "#@"macro "(" { expression } ")" template "#end"
//   expression = and { "||" and }; and = equality { "&&" equality }; then == !=, < <= > >=, + -, * / %, !
//   primary    = literal | reference | "[" list "]" | "[" n ".." m "]" | "{" key ":" value "}" | "(" expression ")"
//
// Any directive's name may be in braces (#{else}), and or, and, eq, ne, lt, le, gt, ge, not are operators too. What
// looks like neither stays text. Whitespace: a directive takes the blanks behind it and the end of the line with it
// when nothing else is there; #set takes the blanks before it too, when they begin a piece of text; ## takes the rest
// of its line.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "emulator/gateway/vtl/ast.h"

namespace stator::vtl {

struct Parsed {
  Block body;
  std::map<std::string, Macro, std::less<>> macros;
};

Parsed parse_template(std::string_view text);  // throws TemplateError with its line

}  // namespace stator::vtl
