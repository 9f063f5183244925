"""boto3 against a server of server.py: clients that ask once, and what they say of a refusal."""
import re

import boto3
import botocore.config
import botocore.exceptions


def client_of(server, service="dynamodb", region="us-east-1", key="dummy", attempts=1, mode="standard", path="", make=boto3.client,
              secret="dummy", token=None, validates=True):
    """`make`: boto3.resource for the resource layer. `validates`: whether boto3 checks the parameters first."""
    config = botocore.config.Config(retries={"total_max_attempts": attempts, "mode": mode}, parameter_validation=validates)
    return make(service, endpoint_url=server.endpoint + path, region_name=region, aws_access_key_id=key,
                aws_secret_access_key=secret, aws_session_token=token, config=config)


def refusal(call, *arguments, **named):
    """The answer to a call that the server must refuse."""
    try:
        call(*arguments, **named)
    except botocore.exceptions.ClientError as error:
        return error.response
    raise AssertionError("was not refused")


class Refusals:
    """For test cases."""

    def refused(self, code, message, call, **arguments):
        """With that code and that message: a text, a pattern, or None for any. The answer."""
        answer = refusal(call, **arguments)
        self.assertEqual(answer["Error"]["Code"], code)
        if isinstance(message, re.Pattern):
            self.assertRegex(answer["Error"]["Message"], message)
        elif message is not None:
            self.assertEqual(answer["Error"]["Message"], message)
        return answer
