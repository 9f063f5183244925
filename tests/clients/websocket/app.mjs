// As it would be deployed: nothing here knows of a local server.
import { ApiGatewayManagementApiClient, DeleteConnectionCommand, GetConnectionCommand, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';

export const handler = async (event) => {
  const { domainName, stage, connectionId, routeKey, eventType } = event.requestContext;
  if (eventType === 'CONNECT') {
    const wanted = (event.headers['Sec-WebSocket-Protocol'] ?? '').split(/, */);
    if (wanted.includes('none of ours')) return { statusCode: 400 };
    if (event.queryStringParameters?.token === 'wrong') return { statusCode: 401, body: 'who are you?' };
    return { statusCode: 200, headers: wanted.includes('chat.v1') ? { 'Sec-WebSocket-Protocol': 'chat.v1' } : {} };
  }
  if (eventType === 'DISCONNECT') {
    console.log(`left ${event.requestContext.disconnectStatusCode} "${event.requestContext.disconnectReason}"`);
    return { statusCode: 200 };
  }
  if (routeKey === 'echo') return { statusCode: 200, body: JSON.parse(event.body).text };
  const client = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
  const send = (data) => client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: data }));
  if (event.body === 'throw') throw new Error('boom');
  if (event.body === 'ask') {
    const { ConnectedAt, LastActiveAt, Identity } = await client.send(new GetConnectionCommand({ ConnectionId: connectionId }));
    await send(JSON.stringify({ ordered: ConnectedAt <= LastActiveAt, Identity }));
  } else if (event.body === 'close') {
    await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
    const gone = await send('x').catch((error) => error);
    console.log(`after the end: ${gone.name} ${gone.$metadata.httpStatusCode}`);
  } else {
    await send(`you said ${event.body}`);
  }
  return { statusCode: 200 };
};
