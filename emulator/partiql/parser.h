// Text -> Node, by recursive descent. Operators bind by rank, so that `a = 1 AND b = 2 OR c` needs no rule for each
// rank:
//
//   statement   := expression [';']
//   expression  := term ( operator expression-of-higher-rank | IS type | IN '(' list ')' | BETWEEN e AND e )*
//   term        := ('+' | '-' | NOT) term | path
//   path        := primary ( '.' name | '.' '*' | '[' expression ']' | '[' '*' ']' )*
//   primary     := string | number | TRUE | FALSE | NULL | MISSING | '?' | name | name '(' list ')'
//                | '(' list ')' | '[' list ']' | '<<' list '>>' | '{' expression ':' expression , ... '}'
//                | select | change
//   select      := SELECT [DISTINCT | ALL] ( [VALUE] expression [[AS] name] , ... | '*' ) FROM source , ...
//                  [WHERE expression] [ORDER BY expression [ASC | DESC] , ...] [GROUP BY ..] [HAVING ..] [LIMIT ..]
//   change      := INSERT INTO simple VALUE expression [RETURNING ..]
//                | UPDATE simple manipulation+ [WHERE expression] [RETURNING returning , ...]
//                | DELETE FROM simple [WHERE expression] [RETURNING returning , ...]
//                | FROM source [WHERE expression] manipulation+ [RETURNING returning , ...]
//   manipulation := SET simple '=' expression , ... | REMOVE simple
//   returning   := (ALL | MODIFIED) (OLD | NEW) ( '*' | expression )
//   simple      := name ( '.' name | '[' expression ']' )*
//   rank        := union 5, or 10, and 20, not 30, = <> is in 40, < <= > >= between like 50, + - || 60, * / % 70
//
// As in the language's reference parser a select or a change is a term like any other, which is why SELEKT * FROM "T"
// is the product of a name and of a FROM without manipulation, and refused as that ("Expected data manipulation").
#pragma once

#include <cstddef>
#include <string_view>

#include "emulator/partiql/syntax.h"
#include "protocol/value/arena.h"

namespace stator::partiql {

// `statement` and `arena` must outlive the tree; `parameters` gets the number of its '?'. Throws ExpressionError
// (before_table).
const Node* parse(std::string_view statement, Arena& arena, size_t& parameters);

}  // namespace stator::partiql
