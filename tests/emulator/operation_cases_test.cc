// Runs tests/cases/operations/*.txt, each file against an engine of its own, line by line. A case is one line:
//
//   Operation {request} -> {answer}
//
// `! Name: text` as the answer is an exception of that name (without "Exception") and with that text; `! Name: text
// {"Member":..}` has the members that stand beside the text; `ok` is any answer with status 200. `#` and a blank begin
// a comment. `%{3*a$i, }` stands for "a0, a1, a2, ".
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "case_text.h"
#include "engine_under_test.h"

namespace stator {
namespace {

// {"__type":"com...#NameException",..,"message":"text"} as the cases write it.
std::string as_written(const std::string& body) {
  auto between = [&](std::string_view from, std::string_view to, size_t at) {
    size_t begin = body.find(from, at);
    if (begin == std::string::npos) return std::string();
    begin += from.size();
    return body.substr(begin, body.find(to, begin) - begin);
  };
  std::string name = between("#", "\"", 0);
  size_t text_at = body.rfind("\"message\":\"");
  if (text_at == std::string::npos) text_at = body.rfind("\"Message\":\"");
  std::string out = "! " + name.substr(0, name.find("Exception")) + ":";
  if (text_at == std::string::npos) return out;
  out += " " + body.substr(text_at + 11, body.size() - text_at - 13);
  for (size_t at = out.find("\\\""); at != std::string::npos; at = out.find("\\\"", at + 1)) out.erase(at, 1);
  size_t extra = body.find("\",\"") + 2;  // behind the type
  if (extra < text_at) out += " {" + body.substr(extra, text_at - 1 - extra) + "}";
  return out;
}

std::vector<std::string> case_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(STATOR_SOURCE_DIR "/tests/cases/operations"))
    names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class OperationCases : public testing::TestWithParam<std::string> {};

TEST_P(OperationCases, EveryLineIsAnsweredAsWritten) {
  std::ifstream file(std::string(STATOR_SOURCE_DIR "/tests/cases/operations/") + GetParam() + ".txt");
  EngineUnderTest server;
  std::string line;
  size_t cases = 0;
  for (int number = 1; std::getline(file, line); ++number) {
    std::string text = tests::trimmed(line);
    if (text.empty() || text.starts_with("# ")) continue;
    SCOPED_TRACE(GetParam() + ".txt:" + std::to_string(number));
    size_t space = text.find(' ');
    size_t arrow = text.rfind(" -> ");
    ASSERT_TRUE(space < arrow && arrow != std::string::npos) << "no 'Operation {..} -> '";
    std::string expected = tests::expanded(text.substr(arrow + 4));
    auto [status, body] =
        server.call(text.substr(0, space), tests::expanded(text.substr(space + 1, arrow - space - 1)));
    if (expected == "ok") {
      EXPECT_EQ(status, 200) << body;
    } else {
      EXPECT_EQ(status == 200 ? body : as_written(body), expected);
    }
    ++cases;
  }
  EXPECT_GT(cases, 0u);
}

INSTANTIATE_TEST_SUITE_P(Files, OperationCases, testing::ValuesIn(case_files()),
                         [](const testing::TestParamInfo<std::string>& file) { return file.param; });

}  // namespace
}  // namespace stator
