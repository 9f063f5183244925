// An ordinary function, as written for Lambda: nothing of it knows where it runs.
export const handler = async (event, context) => {
  if (event.throw) throw new TypeError(event.throw);
  if (event.exit !== undefined) process.exit(event.exit);
  if (event.hang) await new Promise(() => setInterval(() => {}, 1000));
  console.log('seen', event.n);
  return {
    echo: event,
    pid: process.pid,
    name: context.functionName,
    arn: context.invokedFunctionArn,
    memory: context.memoryLimitInMB,
    left: context.getRemainingTimeInMillis(),
    id: context.awsRequestId,
    endpoint: process.env.AWS_ENDPOINT_URL,
  };
};

export const stream = awslambda.streamifyResponse(async (event, out) => {
  out = awslambda.HttpResponseStream.from(out, { statusCode: 202, headers: { 'x-made': 'here' } });
  for (let i = 0; i < 3; ++i) {
    out.write(`piece ${i}\n`);
    await new Promise((done) => setTimeout(done, 10));
  }
  out.end();
});
