// Creates an item. It speaks DynamoDB's protocol by fetch, so that it needs no package; an SDK would find the same endpoint.
export const handler = async (event) => {
  // A body that is not text by its type (what curl -d sends is not) comes as base64.
  const item = JSON.parse(Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8'));
  if (!item.id) return { statusCode: 400, body: JSON.stringify({ error: 'an item needs an id' }) };
  const answer = await fetch(process.env.AWS_ENDPOINT_URL, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.PutItem',
      'x-amz-date': '20260101T000000Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${process.env.AWS_ACCESS_KEY_ID}/20260101/${process.env.AWS_REGION}/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0`,
    },
    body: JSON.stringify({ TableName: process.env.TABLE, Item: { id: { S: item.id }, name: { S: item.name } } }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  console.log(`created ${item.id}`);
  return { statusCode: 201, headers: { location: `/items/${item.id}` }, body: JSON.stringify({ created: item.id }) };
};
