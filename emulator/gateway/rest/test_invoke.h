// A REST API's method, or one of its authorizers, run by its owner for a test, as TestInvokeMethod and
// TestInvokeAuthorizer do: no checks of access before a method, nothing cached of an authorizer, and every step written
// into an execution log. `done` is called once, on any thread.
#pragma once

#include <memory>

#include "emulator/gateway/call.h"
#include "emulator/gateway/control/test_invocation.h"

namespace stator::gateway {

void test_method(const CallServices& services, const std::shared_ptr<const ServedStage>& stage, TestInvocation test,
                 TestDone done);
void test_authorizer(const CallServices& services, const std::shared_ptr<const ServedStage>& stage, TestInvocation test,
                     TestDone done);

}  // namespace stator::gateway
