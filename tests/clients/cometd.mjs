// The CometD project's own client against the demo org at $BASE.
import { assert, check, installed, refused, skip } from './checks.mjs';

const folder = process.argv[2];
installed(folder, 'cometd-nodejs-client').adapt();
const { CometD } = installed(folder, 'cometd');
const jsforce = installed(folder, 'jsforce');
const BASE = process.env.BASE;
const TOKEN = process.env.DEMO_TOKEN;
const conn = new jsforce.Connection({ instanceUrl: BASE, accessToken: TOKEN, version: '62.0' });
const stamp = Date.now().toString(36);

const probe = await fetch(`${BASE}/cometd/62.0`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }, body: '[]' });
const served = probe.status !== 404;
const needed = () => served || skip('CometD is not served');

/** A client that shook hands; `replay` says from where each channel is read. */
async function connected(token = TOKEN, replay = {}) {
  const client = new CometD();
  client.configure({
    url: `${BASE}/cometd/62.0`,
    requestHeaders: { Authorization: `OAuth ${token}` },
    appendMessageTypeToURL: false,
    autoBatch: false,
  });
  client.unregisterTransport('websocket');
  client.registerExtension('replay', {
    outgoing(message) {
      if (message.channel === '/meta/handshake') message.ext = { ...message.ext, replay: true };
      if (message.channel === '/meta/subscribe' && message.subscription in replay) {
        message.ext = { ...message.ext, replay: { [message.subscription]: replay[message.subscription] } };
      }
      return message;
    },
  });
  const answer = await new Promise((resolve) => client.handshake({}, resolve));
  if (!answer.successful) {
    client.disconnect();
    const why = answer.ext?.sfdc?.failureReason ?? answer.failure?.httpCode ?? '';
    throw new Error(`handshake refused: ${answer.error ?? ''} ${why}`);
  }
  return client;
}

/** Subscribes; gives a function that waits for the next message that fits. */
async function listen(client, channel) {
  const heard = [];
  const waiting = [];
  const answer = await new Promise((resolve) => {
    client.subscribe(channel, (message) => {
      heard.push(message.data);
      waiting.splice(0).forEach((wake) => wake());
    }, {}, resolve);
  });
  if (!answer.successful) throw new Error(`subscription refused: ${answer.error}`);
  return async (fits) => {
    for (;;) {
      const found = heard.find(fits);
      if (found) return found;
      await new Promise((resolve) => waiting.push(resolve));
    }
  };
}

const closed = (client) => new Promise((resolve) => client.disconnect(resolve));

await check('handshake, connect, disconnect', async () => {
  needed();
  await closed(await connected());
});
await check('a bad session is refused in the handshake', async () => {
  needed();
  await refused('401', /handshake refused/, () => connected('00DWt0000000001!nope'));
});
await check('change events of a row: created, updated, deleted', async () => {
  needed();
  const client = await connected();
  const next = await listen(client, '/data/AccountChangeEvent');
  const made = await conn.sobject('Account').create({ Name: `cometd ${stamp}` });
  const of = (kind) => (data) => data.payload.ChangeEventHeader.changeType === kind && data.payload.ChangeEventHeader.recordIds.includes(made.id);
  assert.equal((await next(of('CREATE'))).payload.Name, `cometd ${stamp}`);
  await conn.sobject('Account').update({ Id: made.id, Phone: '42' });
  const change = await next(of('UPDATE'));
  assert.equal(change.payload.Phone, '42');
  assert.equal(change.payload.Name, undefined);
  assert.ok(change.event.replayId > 0);
  await conn.sobject('Account').destroy(made.id);
  await next(of('DELETE'));
  await closed(client);
});
await check('every object on /data/ChangeEvents', async () => {
  needed();
  const client = await connected();
  const next = await listen(client, '/data/ChangeEvents');
  const made = await conn.sobject('Contact').create({ LastName: `cometd ${stamp}` });
  await next((data) => data.payload.ChangeEventHeader.recordIds.includes(made.id));
  await closed(client);
});
await check('replay: all kept events, then only those after one', async () => {
  needed();
  const channel = '/data/LeadChangeEvent';
  const [one, two] = await conn.sobject('Lead').create([{ LastName: 'r1', Company: stamp }, { LastName: 'r2', Company: stamp }]);
  const all = await connected(TOKEN, { [channel]: -2 });
  const next = await listen(all, channel);
  const has = (id) => (data) => data.payload.ChangeEventHeader.recordIds.includes(id);
  const first = await next(has(one.id));
  await next(has(two.id));
  await closed(all);
  const later = await connected(TOKEN, { [channel]: first.event.replayId });
  const heard = [];
  const after = await listen(later, channel);
  await after((data) => heard.push(data) && has(two.id)(data));
  assert.ok(!heard.some(has(one.id)));
  await closed(later);
});
await check('replay from an id that never was', async () => {
  needed();
  const channel = '/data/AccountChangeEvent';
  const client = await connected(TOKEN, { [channel]: 999999999 });
  await refused('subscription refused', /replayId \{?999999999\}? you provided was invalid/, () => listen(client, channel));
  await closed(client);
});
await check('a platform event, published by REST', async () => {
  needed();
  const all = await conn.describeGlobal();
  const event = all.sobjects.find((one) => one.name.endsWith('__e'));
  if (!event) skip('the org has no platform event');
  const described = await conn.sobject(event.name).describe();
  const text = described.fields.find((one) => one.custom && one.type === 'string');
  const client = await connected();
  const next = await listen(client, `/event/${event.name}`);
  const done = await conn.requestPost(`/sobjects/${event.name}`, { [text.name]: stamp });
  assert.equal(done.errors[0].statusCode, 'OPERATION_ENQUEUED');
  await next((data) => data.payload[text.name] === stamp);
  await closed(client);
});
await check('a push topic', async () => {
  needed();
  const all = await conn.describeGlobal();
  if (!all.sobjects.some((one) => one.name === 'PushTopic')) skip('the org has no push topics');
  const name = `T${stamp}`.slice(0, 25);
  await conn.sobject('PushTopic').create({ Name: name, Query: 'SELECT Id, Name FROM Account', ApiVersion: 62.0, NotifyForFields: 'Referenced', NotifyForOperationCreate: true, NotifyForOperationUpdate: true, NotifyForOperationDelete: true, NotifyForOperationUndelete: true });
  const client = await connected();
  const next = await listen(client, `/topic/${name}`);
  const made = await conn.sobject('Account').create({ Name: `topic ${stamp}` });
  const heard = await next((data) => data.sobject.Id === made.id);
  assert.equal(heard.event.type, 'created');
  assert.equal(heard.sobject.Name, `topic ${stamp}`);
  await closed(client);
});
await check('a channel nobody knows', async () => {
  needed();
  const client = await connected();
  await refused('subscription refused', /./, () => listen(client, '/data/NopeChangeEvent'));
  await closed(client);
});
process.exit(0);
