"""Who may call an API, against the real binary: Lambda authorizers in Node and Python, tokens of an issuer on this machine, API
keys, and signatures made by botocore."""
import base64
import http.server
import json
import pathlib
import re
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from server import Server, wait_until

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Timeout: 20, CodeUri: code}}
Resources:
  NodeAuth: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs20.x, Handler: auth.handler}}
  PythonAuth: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.11, Handler: auth.handler}}
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: echo.handler
      Events:
        Token: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /token, Method: get}}
        Open: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /open, Method: get, Auth: {Authorizer: NONE}}}
        Key: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /key, Method: get, Auth: {Authorizer: NONE, ApiKeyRequired: true}}}
        Iam: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /iam, Method: any, Auth: {Authorizer: AWS_IAM}}}
        Jwt: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /jwt, Method: get}}
        Scoped: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /scoped, Method: get, Auth: {AuthorizationScopes: [write]}}}
        Simple: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /simple, Method: get, Auth: {Authorizer: Simple}}}
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Auth:
        DefaultAuthorizer: Token
        Authorizers: {Token: {FunctionArn: !GetAtt NodeAuth.Arn}}
        UsagePlan: {CreateUsagePlan: PER_API, Quota: {Limit: 2, Period: MONTH}}
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Jwt
        Authorizers:
          Jwt: {JwtConfiguration: {issuer: "%ISSUER%", audience: [shop]}, IdentitySource: $request.header.Authorization}
          Simple: {FunctionArn: !GetAtt PythonAuth.Arn, AuthorizerPayloadFormatVersion: "2.0", EnableSimpleResponses: true, Identity: {Headers: [X-Who]}}
"""

NODE_AUTH = """
let calls = 0;
export const handler = async (event) => {
  calls += 1;
  if (event.authorizationToken === 'nobody') throw new Error('Unauthorized');
  if (event.authorizationToken === 'broken') throw new Error('broken');
  return {
    principalId: event.authorizationToken,
    policyDocument: { Version: '2012-10-17', Statement: [
      { Action: 'execute-api:Invoke', Effect: event.authorizationToken === 'eve' ? 'Deny' : 'Allow', Resource: event.methodArn }] },
    context: { calls, type: event.type },
  };
};
"""

PYTHON_AUTH = """
def handler(event, context):
    who = event["headers"]["x-who"]
    return {"isAuthorized": who == "ann" and event["identitySource"] == ["ann"], "context": {"list": [1, {"who": who}]}}
"""

ECHO = """
import json
def handler(event, context):
    context = event["requestContext"]
    return {"statusCode": 200, "body": json.dumps({"authorizer": context.get("authorizer"), "identity": context.get("identity")})}
"""

DENY = "User is not authorized to access this resource with an explicit deny in an identity-based policy"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """An OpenID provider on a free port, with a key made by openssl."""

    def __init__(self, folder):
        self.key = folder / "key.pem"
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], check=True, capture_output=True)
        modulus = subprocess.run(["openssl", "rsa", "-in", self.key, "-modulus", "-noout"], check=True, capture_output=True).stdout
        number = bytes.fromhex(modulus.decode().strip().partition("=")[2])
        keys = {"keys": [{"kty": "RSA", "kid": "one", "use": "sig", "n": encode(number), "e": "AQAB"}]}
        issuer = self
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked.append(self.path)
                document = keys if self.path == "/keys" else {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"}
                body = json.dumps(document).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, **claims):
        claims = {"iss": self.url, "aud": "shop", "exp": int(time.time()) + 600, **claims}
        text = ".".join(encode(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "one"}, claims))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=text.encode(), check=True, capture_output=True)
        return f"{text}.{encode(signature.stdout)}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Authorizers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="stator-auth-")
        cls.addClassCleanup(folder.cleanup)
        top = pathlib.Path(folder.name)
        cls.issuer = Issuer(top)
        cls.addClassCleanup(cls.issuer.close)
        (top / "code").mkdir()
        (top / "code/auth.mjs").write_text(NODE_AUTH)
        (top / "code/auth.py").write_text(PYTHON_AUTH)
        (top / "code/echo.py").write_text(ECHO)
        (top / "template.yaml").write_text(TEMPLATE.replace("%ISSUER%", cls.issuer.url))
        (top / "credentials").write_text("[ann]\naws_access_key_id = AKIDANN\naws_secret_access_key = secret/of+ann\n")
        cls.server = Server("--api", top / "template.yaml", "--iam-credentials", top / "credentials")
        cls.addClassCleanup(cls.server.__exit__)
        assert wait_until(lambda: "/simple" in cls.server.output and "/token" in cls.server.output), cls.server.output

    def url(self, end):
        found = re.search(rf"(http://\S+{re.escape(end)}) -> ", self.server.output)
        self.assertTrue(found, self.server.output)
        return found.group(1)

    def ask(self, end, headers=None, **more):
        """(status, headers, body)."""
        request = end if isinstance(end, urllib.request.Request) else urllib.request.Request(self.url(end), headers=headers or {}, **more)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, error.headers, json.loads(error.read())

    def test_a_node_authorizer_guards_a_rest_api(self):
        self.assertEqual(self.ask("/token")[::2], (401, {"message": "Unauthorized"}))
        status, _, body = self.ask("/token", {"Authorization": "ann"})
        self.assertEqual((status, body["authorizer"]["principalId"], body["authorizer"]["type"]), (200, "ann", "TOKEN"))
        self.assertEqual(self.ask("/token", {"Authorization": "ann"})[2]["authorizer"],
                         {"principalId": "ann", "type": "TOKEN", "calls": body["authorizer"]["calls"], "integrationLatency": 0})
        self.assertEqual(self.ask("/token", {"Authorization": "eve"})[::2], (403, {"Message": DENY}))
        self.assertEqual(self.ask("/token", {"Authorization": "nobody"})[::2], (401, {"message": "Unauthorized"}))
        self.assertEqual(self.ask("/token", {"Authorization": "broken"})[::2], (500, {"message": None}))
        self.assertEqual(self.ask("/open")[::2][0], 200)

    def test_a_python_authorizer_guards_an_http_api(self):
        self.assertEqual(self.ask("/simple")[::2], (401, {"message": "Unauthorized"}))
        self.assertEqual(self.ask("/simple", {"X-Who": "ann"})[::2],
                         (200, {"authorizer": {"lambda": {"list": [1, {"who": "ann"}]}}, "identity": None}))
        self.assertEqual(self.ask("/simple", {"X-Who": "eve"})[::2], (403, {"message": "Forbidden"}))

    def test_tokens_of_an_issuer_on_this_machine(self):
        status, headers, body = self.ask("/jwt")
        self.assertEqual((status, headers["www-authenticate"], body), (401, "Bearer", {"message": "Unauthorized"}))
        status, _, body = self.ask("/jwt", {"Authorization": "Bearer " + self.issuer.token(sub="ann")})
        self.assertEqual((status, body.get("authorizer", body)["jwt"]["claims"]["sub"]), (200, "ann"))
        status, headers, _ = self.ask("/jwt", {"Authorization": self.issuer.token(aud="else")})
        self.assertEqual((status, headers["www-authenticate"]),
                         (401, 'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"'))
        self.assertEqual(self.ask("/jwt", {"Authorization": self.issuer.token(exp=1)})[0], 401)
        self.assertEqual(self.ask("/jwt", {"Authorization": self.issuer.token()[:-8] + "AAAAAAAA"})[0], 401)
        self.assertEqual(self.ask("/scoped", {"Authorization": self.issuer.token(scope="read")})[::2], (403, {"message": "Forbidden"}))
        self.assertEqual(self.ask("/scoped", {"Authorization": self.issuer.token(scope="read write")})[2]["authorizer"]["jwt"]["scopes"], ["write"])
        self.assertEqual(self.issuer.asked, ["/.well-known/openid-configuration", "/keys"])

    def test_a_generated_api_key_and_its_quota(self):
        found = re.search(r"API key RestApiKey has no Value: send x-api-key: (\w{40})", self.server.output)
        self.assertTrue(found, self.server.output)
        self.assertEqual(self.ask("/key")[::2], (403, {"message": "Forbidden"}))
        self.assertEqual(self.ask("/key", {"x-api-key": "wrong"})[::2], (403, {"message": "Forbidden"}))
        for _ in range(2):
            status, _, body = self.ask("/key", {"x-api-key": found.group(1)})
            self.assertEqual((status, body["identity"]["apiKey"], body["identity"]["apiKeyId"]), (200, found.group(1), "RestApiKey"))
        self.assertEqual(self.ask("/key", {"x-api-key": found.group(1)})[::2], (429, {"message": "Limit Exceeded"}))

    def signed(self, signer, method="GET", query="", body=b"", secret="secret/of+ann"):
        request = AWSRequest(method, self.url("/iam") + query, data=body, headers={"Content-Type": "text/plain"} if body else {})
        signer(Credentials("AKIDANN", secret), "execute-api", "us-east-1").add_auth(request)
        return urllib.request.Request(request.url, data=body or None, headers=dict(request.headers), method=method)

    def test_signatures_made_by_botocore(self):
        self.assertEqual(self.ask("/iam")[::2], (403, {"message": "Missing Authentication Token"}))
        for request in (self.signed(botocore.auth.SigV4Auth), self.signed(botocore.auth.SigV4Auth, query="?b=1&a=x%20y&c="),
                        self.signed(botocore.auth.SigV4Auth, "POST", body=b"some text"), self.signed(botocore.auth.SigV4QueryAuth)):
            status, _, body = self.ask(request)
            self.assertEqual(status, 200, (request.full_url, body))
            self.assertEqual((body["identity"]["accessKey"], body["identity"]["userArn"]), ("AKIDANN", "arn:aws:iam::000000000000:user/ann"))
        status, headers, body = self.ask(self.signed(botocore.auth.SigV4Auth, secret="wrong"))
        self.assertEqual((status, headers["x-amzn-ErrorType"]), (403, "InvalidSignatureException"))
        self.assertTrue(body["message"].startswith("The request signature we calculated does not match"), body)
        request = self.signed(botocore.auth.SigV4Auth, "POST", body=b"some text")
        request.data = b"other text"
        self.assertEqual(self.ask(request)[0], 403)


if __name__ == "__main__":
    unittest.main()
