// What a child is given and what becomes of it: descriptors, group, environment, and its end with the server's, however
// the server ends.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>

#include "emulator/gateway/handlers/child_environment.h"
#include "handlers_fixture.h"

namespace stator::gateway {
namespace {

class ProcessTest : public HandlersTest {
 protected:
  std::string ask(const std::string& event) {
    FunctionConfig made = config(FunctionKind::kRuntime);
    made.command = {RAW_RUNTIME};
    made.environment = {{"OWN", "value with spaces"}};
    return invoke(*add(made), "\"" + event + "\"").payload;
  }
};

TEST_F(ProcessTest, HasOnlyItsThreeDescriptorsAndTheApi) {
  const int leaky = dup(1);  // not close-on-exec
  EXPECT_EQ(ask("descriptors"), "\"0 1 2 3 \"") << "3 is its own socket to the Runtime API";
  close(leaky);
}

TEST_F(ProcessTest, LeadsItsOwnGroupAndReadsNothing) {
  int pid = 0, group = 0;
  ASSERT_EQ(std::sscanf(ask("group").c_str(), "[%d,%d]", &pid, &group), 2);
  EXPECT_EQ(pid, group);
  EXPECT_NE(group, getpgid(0));
  EXPECT_EQ(ask("stdin"), "0");
}

TEST_F(ProcessTest, TheEnvironmentIsBuiltNotInherited) {
  setenv("AWS_SECRET_ACCESS_KEY", "a real key", 1);
  setenv("AWS_PROFILE", "production", 1);
  setenv("STATOR_TEST_INHERITED", "no", 1);
  const std::string all = ask("environment");
  unsetenv("AWS_SECRET_ACCESS_KEY");
  unsetenv("AWS_PROFILE");
  unsetenv("STATOR_TEST_INHERITED");
  for (const char* unwanted : {"a real key", "AWS_PROFILE", "STATOR_TEST_INHERITED"})
    EXPECT_EQ(all.find(unwanted), std::string::npos) << unwanted;
  for (const char* wanted : {"AWS_ACCESS_KEY_ID=",
                             "AWS_SECRET_ACCESS_KEY=",
                             "AWS_SESSION_TOKEN=",
                             "AWS_REGION=eu-west-3",
                             "AWS_DEFAULT_REGION=eu-west-3",
                             "AWS_ENDPOINT_URL=http://127.0.0.1:1",
                             "AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:1",
                             "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=http://127.0.0.1:1",
                             "AWS_LAMBDA_FUNCTION_NAME=subject",
                             "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
                             "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
                             "AWS_LAMBDA_RUNTIME_API=127.0.0.1:",
                             "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/subject",
                             "AWS_LAMBDA_LOG_STREAM_NAME=stator/",
                             "LAMBDA_TASK_ROOT=/",
                             "TZ=:UTC",
                             "LAMBDA_RUNTIME_DIR=/",
                             "_HANDLER=app.handler",
                             "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
                             "PATH=",
                             "HOME=",
                             "AWS_CONFIG_FILE=/dev/null",
                             "OWN=value with spaces"})
    EXPECT_NE(all.find(wanted), std::string::npos) << wanted << " in " << all;
}

TEST(ChildEnvironment, KnowsTheLocalUrlsOfApisAndTheServersCertificate) {
  FunctionConfig config;
  config.environment = {
      {"A", "https://abc.execute-api.us-east-1.amazonaws.com/prod"},
      {"B", "x https://abc.execute-api.us-east-1.amazonaws.com, https://other.execute-api.us-east-1.amazonaws.com"}};
  ChildDefaults defaults;
  defaults.own_certificate = "/tmp/own.pem";
  defaults.certificates = "/tmp/all.pem";
  defaults.api_urls = {{"https://abc.execute-api.us-east-1.amazonaws.com", "http://127.0.0.1:1/_aws/execute-api/abc"}};
  const std::vector<std::string> all = child_environment(config, defaults, "", "/", "");
  for (const char* wanted :
       {"A=http://127.0.0.1:1/_aws/execute-api/abc/prod",
        "B=x http://127.0.0.1:1/_aws/execute-api/abc, https://other.execute-api.us-east-1.amazonaws.com",
        "NODE_EXTRA_CA_CERTS=/tmp/own.pem", "AWS_CA_BUNDLE=/tmp/all.pem", "SSL_CERT_FILE=/tmp/all.pem"})
    EXPECT_NE(std::find(all.begin(), all.end(), wanted), all.end()) << wanted;
}

TEST_F(ProcessTest, GrandchildrenEndWithTheirWorker) {
  int worker = 0, one = 0, two = 0;
  ASSERT_EQ(std::sscanf(ask("children").c_str(), "[%d,%d,%d]", &worker, &one, &two), 3);
  ASSERT_TRUE(alive(one));
  kill(worker, SIGKILL);
  EXPECT_TRUE(eventually([&] { return !alive(worker) && !alive(one); })) << "those in its group, at once";
  handlers_.reset();
  EXPECT_FALSE(alive(two)) << "one that left the group, with the server";
}

TEST_F(ProcessTest, AKeeperThatIsKilledTakesItsChildrenAndIsReplaced) {
  int worker = 0, one = 0, two = 0;
  ASSERT_EQ(std::sscanf(ask("children").c_str(), "[%d,%d,%d]", &worker, &one, &two), 3);
  const pid_t first = handlers().keeper_pid();
  kill(first, SIGKILL);
  EXPECT_TRUE(eventually([&] { return !alive(worker) && !alive(one); }));
  EXPECT_NE(ask("pid"), "");
  EXPECT_NE(handlers().keeper_pid(), first);
  kill(two, SIGKILL);  // out of reach of both: it left the group, and its reaper was killed
}

// The promise that matters: kill -9 of the server leaves nothing alive, and its port can be had at once.
TEST(DoomedServer, KilledLeavesNothingAliveAndItsPortFree) {
  for (const int how : {SIGKILL, SIGTERM}) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t server = fork();
    if (server == 0) {
      dup2(ends[1], 1);
      close(ends[0]);
      execl(DOOMED_SERVER, DOOMED_SERVER, RAW_RUNTIME, nullptr);
      _exit(127);
    }
    close(ends[1]);
    FILE* out = fdopen(ends[0], "r");
    int port = 0, keeper = 0, worker = 0, one = 0, two = 0;
    ASSERT_EQ(std::fscanf(out, "%d %d [%d,%d,%d]", &port, &keeper, &worker, &one, &two), 5);
    const std::vector<pid_t> all = {keeper, worker, one, two};
    for (const pid_t pid : all) ASSERT_TRUE(alive(pid)) << pid;
    kill(server, how);
    waitpid(server, nullptr, 0);
    const auto gone = [&] { return std::none_of(all.begin(), all.end(), [](pid_t pid) { return alive(pid); }); };
    EXPECT_TRUE(eventually(gone)) << keeper << alive(keeper) << " " << worker << alive(worker) << " " << one
                                  << alive(one) << " " << two << alive(two);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    close(fd);
    std::fclose(out);
  }
}

// Nothing but loopback is ever connected to or sent to, so no name server is asked: seen by tracing a function that
// makes SDK calls to two services.
TEST(NoLookups, AFunctionConnectsToLoopbackAlone) {
  if (!on_path("strace") || access("/usr/bin/python3", X_OK) != 0) GTEST_SKIP() << "needs strace and python3";
  if (std::system("strace -f -o /dev/null true 2>/dev/null") != 0) GTEST_SKIP() << "strace may not trace here";
  if (std::system("/usr/bin/python3 -c 'import boto3' 2>/dev/null") != 0)
    GTEST_SKIP() << "no boto3 for /usr/bin/python3";
  std::string folder = (std::filesystem::temp_directory_path() / "stator-test-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::filesystem::create_directory(folder + "/code");
  std::ofstream(folder + "/code/app.py")
      << "import boto3\n"
         "from botocore.config import Config\n"
         "quick = Config(retries={'max_attempts': 0}, connect_timeout=1)\n"
         "def handler(e, c):\n"
         "    for service, call in (('dynamodb', 'list_tables'), ('s3', 'list_buckets')):\n"
         "        try:\n"
         "            getattr(boto3.client(service, config=quick), call)()\n"
         "        except Exception as error:\n"
         "            print(type(error).__name__)\n"
         "    return 'called'\n";
  {
    HandlerOptions options;
    options.child.path = getenv("PATH");
    options.child.endpoint_url = "http://127.0.0.1:1";
    options.epoch_ms = test_epoch_ms;
    options.python = folder + "/traced";
    std::ofstream(folder + "/traced") << "#!/bin/sh\nexec strace -f -e trace=%network -o " << folder
                                      << "/trace /usr/bin/python3 \"$@\"\n";
    std::filesystem::permissions(folder + "/traced", std::filesystem::perms::owner_all);
    Handlers handlers(options);
    FunctionConfig config;
    config.name = "caller";
    config.kind = FunctionKind::kPython;
    config.handler = "app.handler";
    config.code_uri = folder + "/code";
    config.timeout = milliseconds(20000);
    ASSERT_TRUE(handlers.functions().replace("test", {config}).empty());
    std::promise<InvocationResult> result;
    Invocation call;
    call.payload = "{}";
    call.request_id = "00000000-0000-4000-8000-000000000001";
    call.done = [&](InvocationResult done) { result.set_value(std::move(done)); };
    handlers.functions().find("caller")->invoke(std::move(call));
    EXPECT_EQ(result.get_future().get().payload, "\"called\"");
  }
  std::ifstream trace(folder + "/trace");
  int connections = 0;
  for (std::string line; std::getline(trace, line);) {
    if (line.find("connect(") == std::string::npos && line.find("sendto(") == std::string::npos) continue;
    if (line.find("sin_addr=") == std::string::npos && line.find("sin6_addr=") == std::string::npos) continue;
    ++connections;
    EXPECT_NE(line.find("inet_addr(\"127.0.0.1\")"), std::string::npos) << line;
  }
  EXPECT_GE(connections, 3) << "the Runtime API and two SDK calls";
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace stator::gateway
