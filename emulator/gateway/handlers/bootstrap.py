# stator's own Python bootstrap: loads the handler that _HANDLER names from LAMBDA_TASK_ROOT and runs it against the Lambda
# Runtime API at AWS_LAMBDA_RUNTIME_API. Plain Python 3, no dependency. Written out by stator at run time.
#
# The wire is one kept-alive socket that we speak HTTP/1.1 on ourselves: an answer and the request for the next event leave
# in one send. Error types and texts are those of AWS's own client, awslambdaric.
import decimal
import importlib
import importlib.abc
import importlib.util
import json
import logging
import os
import socket
import sys
import time
import traceback

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
ADDRESS, _, PREFIX = API.partition("/")
BASE = ("/" + PREFIX if PREFIX else "") + "/2018-06-01/runtime"


class Wire:
    def __init__(self):
        host, _, port = ADDRESS.rpartition(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def request(self, method, target, body=b"", headers=""):
        head = "%s %s HTTP/1.1\r\nHost: %s\r\n%s" % (method, target, API, headers)
        if method == "POST":
            head += "Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
        return (head + "\r\n").encode("latin-1") + body

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        data = self.socket.recv(1 << 20)
        if not data:
            sys.exit(1)  # the server is gone
        return data

    def reply(self):
        while True:
            end = self.pending.find(b"\r\n\r\n")
            if end >= 0:
                break
            self.pending += self.more()
        lines = self.pending[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        rest = [self.pending[end + 4:]]
        have, length = len(rest[0]), int(headers.get("content-length", 0))
        while have < length:
            rest.append(self.more())
            have += len(rest[-1])
        whole = b"".join(rest)
        self.pending = whole[length:]
        return int(lines[0].split(" ")[1]), headers, whole[:length]


class Failure(Exception):
    def __init__(self, error_type, message, trace=None):
        super().__init__(message)
        self.error_type, self.message, self.trace = error_type, message, trace or []


# Botocore learned AWS_ENDPOINT_URL with 1.31; for an older one, every client that is made without an endpoint gets ours.
class BotocoreEndpoint(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "botocore.session":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            self.patch(module)

        spec.loader.exec_module = exec_module
        return spec

    @staticmethod
    def patch(module):
        import botocore
        if tuple(int(part) for part in botocore.__version__.split(".")[:2]) >= (1, 31):
            return
        original = module.Session.create_client

        def create_client(self, service_name, *args, **kwargs):
            # Positional: region_name, api_version, use_ssl, verify, endpoint_url
            if len(args) < 5 and kwargs.get("endpoint_url") is None:
                name = service_name.upper().replace("-", "_")
                url = os.environ.get("AWS_ENDPOINT_URL_" + name) or os.environ.get("AWS_ENDPOINT_URL")
                if url:
                    kwargs["endpoint_url"] = url
            return original(self, service_name, *args, **kwargs)

        module.Session.create_client = create_client


class Cognito:
    def __init__(self, given):
        self.cognito_identity_id = given.get("cognitoIdentityId")
        self.cognito_identity_pool_id = given.get("cognitoIdentityPoolId")


class ClientContext:
    def __init__(self, given):
        self.client = type("Client", (), given["client"]) if given.get("client") else None
        self.custom, self.env = given.get("custom"), given.get("env")


class LambdaContext:
    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        client = headers.get("lambda-runtime-client-context")
        self.client_context = ClientContext(json.loads(client.encode("latin-1"))) if client else None
        self.identity = Cognito(json.loads(headers.get("lambda-runtime-cognito-identity") or "{}"))
        self._deadline = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))


class RequestIdFilter(logging.Filter):
    request_id = ""

    def filter(self, record):
        record.aws_request_id = RequestIdFilter.request_id
        return True


def set_up_logging():
    sys.stdout.reconfigure(line_buffering=True)
    # The service gives the root logger a handler, so that getLogger().info() is seen without any set-up.
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"))
    handler.formatter.converter = time.gmtime
    handler.addFilter(RequestIdFilter())
    logging.getLogger().addHandler(handler)


def own_frames(trace):
    return [frame for frame in traceback.extract_tb(trace) if frame.filename not in (__file__, "<frozen importlib._bootstrap>")]


def load_handler():
    whole = os.environ["_HANDLER"]
    root = os.environ["LAMBDA_TASK_ROOT"]
    sys.path.insert(0, root)
    module_name, dot, name = whole.rpartition(".")
    if not dot:
        raise Failure("Runtime.MalformedHandlerName",
                      "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % whole)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Failure("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise Failure("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), trace)
    try:
        return getattr(module, name)
    except AttributeError:
        raise Failure("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (name, module_name))


def describe(error, request_id):
    if isinstance(error, Failure):
        kind, message, trace = error.error_type, error.message, error.trace
    else:
        kind, message = type(error).__name__, str(error)
        trace = traceback.format_list(own_frames(error.__traceback__))
    print("[ERROR] %s: %s\n%s" % (kind, message, "Traceback (most recent call last):\n" + "".join(trace) if trace else ""),
          file=sys.stderr, flush=True)
    body = {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}
    headers = "Lambda-Runtime-Function-Error-Type: %s\r\n" % (kind if kind.isascii() else "Error")
    return json.dumps(body).encode(), headers


def plain(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def main():
    wire = Wire()
    set_up_logging()
    sys.meta_path.insert(0, BotocoreEndpoint())
    try:
        handler = load_handler()
    except Exception as error:
        body, headers = describe(error, "")
        wire.send(wire.request("POST", BASE + "/init/error", body, headers))
        wire.reply()
        sys.exit(1)

    ask = wire.request("GET", BASE + "/invocation/next")
    wire.send(ask)
    while True:
        _, headers, event = wire.reply()
        request_id = RequestIdFilter.request_id = headers["lambda-runtime-aws-request-id"]
        if headers.get("lambda-runtime-trace-id"):
            os.environ["_X_AMZN_TRACE_ID"] = headers["lambda-runtime-trace-id"]
        target = BASE + "/invocation/" + request_id
        try:
            try:
                given = json.loads(event)
            except ValueError as error:
                raise Failure("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
            result = handler(given, LambdaContext(headers))
            try:
                text = json.dumps(result, default=plain, ensure_ascii=False).encode("utf-8", "surrogatepass")
            except Exception as error:
                raise Failure("Runtime.MarshalError", "Unable to marshal response: %s" % error)
            answer = wire.request("POST", target + "/response", text)
        except Exception as error:
            answer = wire.request("POST", target + "/error", *describe(error, request_id))
        sys.stdout.flush()
        wire.send(answer + ask)
        status, _, problem = wire.reply()
        if status != 202:
            print("stator: the answer was refused with %d: %s" % (status, problem.decode("utf-8", "replace")),
                  file=sys.stderr, flush=True)


main()
