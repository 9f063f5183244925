#include "emulator/expressions/compiler.h"

#include <algorithm>

#include "emulator/expressions/resolver.h"

namespace stator::expressions {
namespace {

std::string joined(std::span<const std::string_view> names, std::string_view between) {
  std::string out;
  for (std::string_view name : names) {
    if (!out.empty()) out += between;
    out += name;
  }
  return out;
}

bool has_any(std::span<const std::string_view> present, std::span<const std::string_view> wanted) {
  return std::any_of(present.begin(), present.end(), [&](std::string_view name) {
    return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  });
}

}  // namespace

void check_parameters(const ParameterUse& use, bool explains) {
  if (!use.legacy.empty() && !use.expressions.empty()) {
    throw ExpressionError(
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {" +
            joined(use.legacy, ", ") + "} Expression parameters: {" + joined(use.expressions, ", ") + "}",
        true);
  }
  if (use.names && use.expressions.empty()) {
    throw ExpressionError("ExpressionAttributeNames can only be specified when using expressions", true);
  }
  if (use.values && !has_any(use.expressions, use.value_expressions)) {
    std::string text = "ExpressionAttributeValues can only be specified when using expressions";
    if (explains) {
      text += ": " + joined(use.value_expressions, " and ") +
              (use.value_expressions.size() == 1 ? " is null" : " are null");
    }
    throw ExpressionError(text, true);
  }
}

Condition Compiler::condition(ExpressionKind kind, std::string_view text) {
  return Resolver(kind, placeholders_, arena_).condition(*cache_.get(kind, text));
}

Projection Compiler::projection(std::string_view text) {
  constexpr auto kKind = ExpressionKind::ProjectionExpression;
  return Resolver(kKind, placeholders_, arena_).projection(*cache_.get(kKind, text));
}

Update Compiler::update(std::string_view text) {
  constexpr auto kKind = ExpressionKind::UpdateExpression;
  return Resolver(kKind, placeholders_, arena_).update(*cache_.get(kKind, text));
}

Condition condition_of(const SyntaxTree& tree, const Item& values, Arena& arena) {
  Placeholders placeholders({}, values, arena);
  return Resolver(ExpressionKind::PartiQLStatement, placeholders, arena).condition(tree);
}

Update update_of(const SyntaxTree& tree, const Item& values, Arena& arena) {
  Placeholders placeholders({}, values, arena);
  return Resolver(ExpressionKind::PartiQLStatement, placeholders, arena).update(tree);
}

Projection projection_of(std::span<const DocumentPath> paths, std::span<const std::string_view> names, Arena& arena) {
  std::vector<std::string_view> attributes;
  for (const DocumentPath& path : paths) attributes.push_back(path.attribute());
  std::sort(attributes.begin(), attributes.end());
  attributes.erase(std::unique(attributes.begin(), attributes.end()), attributes.end());
  bool whole = std::all_of(paths.begin(), paths.end(), [](const DocumentPath& path) { return path.is_attribute(); });
  return {paths, {}, arena.copy(std::span<const std::string_view>(attributes)), whole, names};
}

Projection projection_of(std::span<const std::string_view> attributes, Arena& arena) {
  std::span<DocumentPath> paths = arena.make<DocumentPath>(attributes.size());
  std::span<PathStep> steps = arena.make<PathStep>(attributes.size());
  for (size_t i = 0; i < attributes.size(); ++i) {
    steps[i].name = attributes[i];
    paths[i].steps = steps.subspan(i, 1);
  }
  std::span<DocumentPath> sorted = arena.make<DocumentPath>(paths.size());
  std::copy(paths.begin(), paths.end(), sorted.begin());
  std::sort(sorted.begin(), sorted.end(), stands_before);
  std::span<std::string_view> names = arena.make<std::string_view>(sorted.size());
  for (size_t i = 0; i < sorted.size(); ++i) names[i] = sorted[i].attribute();
  return {paths, sorted, names, true};
}

}  // namespace stator::expressions
