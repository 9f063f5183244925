// Runs tests/cases/vtl/*.txt. A case is one line:
//
//   template | context -> output
//
// The context is JSON and may be left out: {"body": text, or JSON, "path", "query", "header", "stage", "context",
// "vars"}, of which "vars" are variables. In template and output a "¶" is the end of a line and a "·" a blank at the
// edge. `! text` as the output is a TemplateError, "line N: what". "# " begins a comment. `%{3*a$i}` is "a0a1a2".
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "case_text.h"
#include "emulator/gateway/vtl/api_objects.h"
#include "emulator/gateway/vtl/template.h"

namespace stator::vtl {
namespace {

std::string unmarked(std::string text) {
  for (const auto& [mark, meant] : {std::pair<std::string, const char*>{"¶", "\n"}, {"·", " "}})
    for (size_t at; (at = text.find(mark)) != std::string::npos;) text.replace(at, mark.size(), meant);
  return text;
}

Parameters parameters(const JsonValue& all, std::string_view name) {
  Parameters out;
  if (const JsonValue* found = all.find(name))
    for (const JsonMember& each : found->members()) out.emplace_back(each.name, each.value.text());
  return out;
}

std::string rendered(const std::string& text, const std::string& context_json, Limits limits = {}) {
  Arena arena;
  const JsonParse context = parse_json(context_json.empty() ? "{}" : context_json, arena);
  if (context.fault != JsonFault::kNone) return "the case's context is no JSON";
  try {
    const auto compiled = Template::compile(text);
    Render render(limits);
    Payload payload{
        {}, parameters(context.root, "path"), parameters(context.root, "query"), parameters(context.root, "header")};
    if (const JsonValue* body = context.root.find("body")) {
      if (body->is_string())
        payload.body = body->text();
      else
        append_json(*body, payload.body);
    }
    render.set("input", make_input(render.heap(), std::move(payload)));
    render.set("util", make_util(render.heap()));
    for (const auto& [member, variable] :
         {std::pair<const char*, const char*>{"stage", "stageVariables"}, {"context", "context"}})
      if (const JsonValue* found = context.root.find(member)) render.set(variable, value_of(*found, render.heap()));
    if (const JsonValue* variables = context.root.find("vars"))
      for (const JsonMember& each : variables->members())
        render.set(std::string(each.name), value_of(each.value, render.heap()));
    return render.run(*compiled);
  } catch (const TemplateError& error) {
    return "! line " + std::to_string(error.line) + ": " + error.what();
  }
}

TEST(TemplateCases, RenderAsTheServiceDoes) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(STATOR_SOURCE_DIR "/tests/cases/vtl")) {
    std::ifstream file(entry.path());
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
      if (line.empty() || line.starts_with("# ") || line == "#") continue;
      const size_t arrow = line.rfind(" -> ");
      ASSERT_NE(arrow, std::string::npos) << entry.path() << ":" << number;
      const std::string left = line.substr(0, arrow);
      const size_t bar = left.rfind(" | ");
      const std::string text = bar == std::string::npos ? left : left.substr(0, bar);
      const std::string context = bar == std::string::npos ? "" : tests::trimmed(left.substr(bar + 3));
      const std::string output = unmarked(tests::trimmed(line.substr(arrow + 4)));
      EXPECT_EQ(rendered(unmarked(tests::expanded(tests::trimmed(text))), tests::expanded(context)), output)
          << entry.path().filename() << ":" << number << ": " << line;
      ++count;
    }
  }
  EXPECT_GT(count, 200);
}

TEST(TemplateBlocks, AreWrittenAfterTheRunToo) {
  const auto compiled = Template::compile("#set($x = 1)#define($b)<$x>#end#set($m.k = $b)#set($x = 2)");
  Render render;
  Map* map = render.heap().make_map();
  render.set("m", Value::map(map));
  EXPECT_EQ(render.run(*compiled), "");
  ASSERT_NE(map->find("k"), nullptr);
  EXPECT_EQ(text_of(*map->find("k")), "<2>");
}

TEST(TemplateLimits, StopWhatWouldNotEnd) {
  auto fails = [](const std::string& text, const std::string& why) {
    Limits limits;
    limits.steps = 100'000;
    limits.memory = 8u << 20;
    const std::string out = rendered(text, "", limits);
    EXPECT_NE(out.find(why), std::string::npos) << text << " -> " << out.substr(0, 200);
  };
  fails("#set($s='xxxxxxxx')#foreach($i in [1..999])#set($s=$s+$s)#end", "too much memory");
  fails("#set($l=['x'])#foreach($i in [1..100])#set($l=[$l,$l])#end$l", "too");
  fails("#set($l=[1])#set($x=$l.add($l))$l", "nested too deeply");
  fails("#set($l=[1])#set($x=$l.add($l))#set($m=[1])#set($x=$m.add($m))#if($l==$m)#end", "too");
  fails("#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#end#end#end", "takes too");
  fails("#set($x=[1..9999999999])", "too much memory");
  fails("#define($x)a$x#end$x", "too deeply");
  fails("#macro(m)#m()#end#m()", "too deeply");
  fails("#set($s='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')$s.matches('(a*)*b')x", "x");
  fails(std::string(5000, '('), "");
  fails("#if(" + std::string(5000, '('), "nested too deeply");
  fails("#if(" + std::string(5000, '!'), "nested too deeply");
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "#if(true)";
  fails(deep, "nested too deeply");
  std::string chain = "#set($x=1";
  for (int i = 0; i < 50000; ++i) chain += "+1";
  EXPECT_EQ(rendered(chain + ")$x", ""), "50001");
  EXPECT_EQ(rendered("$input.path('$" + std::string(5000, '[') + "')", R"({"body":{}})").substr(0, 6), "! line");
}

}  // namespace
}  // namespace stator::vtl
