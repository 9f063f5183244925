#include "emulator/expressions/syntax_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "emulator/expressions/expression_error.h"

namespace stator::expressions {
namespace {

TEST(SyntaxCache, gives_the_same_tree_for_the_same_text) {
  SyntaxCache cache;
  auto first = cache.get(ExpressionKind::ConditionExpression, "a = :v");
  EXPECT_EQ(first, cache.get(ExpressionKind::ConditionExpression, std::string("a = ") + ":v"));
  EXPECT_NE(first, cache.get(ExpressionKind::FilterExpression, "a = :v"));
  EXPECT_EQ(cache.size(), 2u);
}

TEST(SyntaxCache, does_not_keep_what_does_not_parse) {
  SyntaxCache cache;
  for (int i = 0; i < 3; ++i) EXPECT_THROW(cache.get(ExpressionKind::UpdateExpression, "SET"), ExpressionError);
  EXPECT_EQ(cache.size(), 0u);
}

TEST(SyntaxCache, forgets_the_least_recently_used) {
  SyntaxCache cache(200'000);
  auto kept = cache.get(ExpressionKind::ProjectionExpression, "kept");
  for (int i = 0; i < 5000; ++i) {
    cache.get(ExpressionKind::ProjectionExpression, "a" + std::to_string(i));
    EXPECT_EQ(kept, cache.get(ExpressionKind::ProjectionExpression, "kept"));
  }
  EXPECT_LE(cache.size(), 200u);
  EXPECT_GE(cache.size(), 50u);
}

TEST(SyntaxCache, counts_what_a_tree_takes) {
  SyntaxCache cache(800'000);
  for (int i = 0; i < 1000; ++i) {
    std::string text = "a" + std::to_string(i);
    while (text.size() < 4000) text += ".b[1]";
    cache.get(ExpressionKind::ProjectionExpression, text);
  }
  EXPECT_LE(cache.size(), 40u);
  EXPECT_GE(cache.size(), 8u);
}

TEST(SyntaxCache, serves_several_threads) {
  SyntaxCache cache(100'000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 2000; ++i) {
        std::string text = "SET a" + std::to_string((i * (t + 1)) % 150) + " = :v";
        auto tree = cache.get(ExpressionKind::UpdateExpression, text);
        ASSERT_EQ(tree->text(), text);
        ASSERT_EQ(tree->actions.size(), 1u);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace stator::expressions
