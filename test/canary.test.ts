import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { loadAssembly } from '../local/template/assembly.ts';
import { userRemovedEvent } from './support/events.ts';
import { registrationApart } from './support/registration-apart.ts';
import { type SecretStack, startSecretStack } from './support/secret-stack.ts';
import { findSecrets } from './support/secrets.ts';
import { assembly } from './support/synth.ts';
import { captureWritten } from './support/written.ts';

const written = captureWritten();
let stack: SecretStack;

beforeEach(async () => {
  stack = await startSecretStack();
}, 30_000);
afterEach(() => stack.close());

test('no malformed request or event makes the stack reveal a secret', async () => {
  const { running } = stack;
  const file = running.stack.emulator.signIns.signIn();
  const { accessToken, refreshToken, clientSecret } = file;
  const text = JSON.stringify(file);
  const bodies: (string | object)[] = [
    text.slice(0, -1),
    `${text}${text}`,
    accessToken,
    [file],
    { ...file, userName: accessToken },
    { ...file, userId: refreshToken },
    { ...file, region: accessToken, reason: { text: refreshToken } },
    { ...file, accessToken: `${accessToken}\n` },
    { ...file, accessToken: accessToken.repeat(1_500) },
    { ...file, accessToken: { accessToken } },
    { [accessToken]: clientSecret },
    { ...registrationApart(file), region: refreshToken },
    { ...file, userId: refreshToken, clientRegistration: clientSecret },
    { clientRegistration: { clientSecret }, userName: 'nobody' },
  ];
  const types = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', accessToken];
  for (const body of bodies) {
    for (const type of types)
      await running.post(body, { 'content-type': type, 'idempotency-key': `${accessToken} ` });
    if (typeof body !== 'object') continue;
    await running.ask('PUT', '/sessions', body);
    await running.ask('PUT', `/users/${accessToken}/sessions`, body);
  }
  const paths = ['/revocations/', '/', '/sessions?userId=', '/revocations?cursor=', '/sessions?cursor='];
  for (const path of paths) {
    for (const method of ['GET', 'DELETE', 'PATCH']) await running.ask(method, path + accessToken);
  }
  await running.ask('DELETE', `/deny-list/${accessToken}`);
  // Lambda returns and logs the errors that a function throws.
  const odd = [
    null,
    accessToken,
    file,
    { body: accessToken },
    { headers: null, body: text, requestContext: file },
    { Records: [file] },
    { Records: [{ body: text, attributes: null }] },
  ];
  for (const [id, { Type }] of loadAssembly(assembly).resources) {
    if (Type !== 'AWS::Lambda::Function') continue;
    for (const event of odd) {
      const answer = await running.stack.functions.invoke(id, event).catch((error: unknown) => error);
      running.seen.push(String(answer instanceof Error && answer.stack), JSON.stringify(answer) ?? '');
    }
  }
  await running.post(file);
  expect(await stack.look({ 'standard output': written.all() })).toEqual({ found: [], unknown: 0 });
}, 60_000);

test('the search finds a secret in every place where one could be written', async () => {
  const { running, watched } = stack;
  const { emulator, tables } = running.stack;
  const secret = emulator.signIns.signIn().refreshToken;
  for (const TableName of Object.values(tables)) {
    const keys = { userId: 'x', sessionId: 'x', revocationId: 'x', entry: 'x' };
    const Item = marshall({ ...keys, bytes: Buffer.from(`ciphertext${secret}`) });
    await running.dynamo.send(new PutItemCommand({ TableName, Item }));
  }
  for (const queue of emulator.queues.all())
    queue.send(secret, queue.settings.fifo ? { groupId: 'g', deduplicationId: 'd' } : {});
  const [policy] = emulator.organizations.all();
  emulator.organizations.edit(policy?.policyId ?? '', JSON.stringify({ Sid: secret }));
  running.seen.push(Buffer.from(secret).toString('hex'));
  process.stdout.write(secret);
  const everywhere = { ...(await watched.look()), 'standard output': written.all() };
  const without = Object.entries(everywhere).filter(([, text]) => findSecrets(text, [secret]).length === 0);
  // No run can write to these two: the journal has no field for it, and the deployed code is older than the run.
  expect(without.map(([place]) => place)).toEqual(['journal', 'what is deployed']);
}, 30_000);

test('a recorded user name is in the tables of sessions and revocations, and nowhere else', async () => {
  const { running, watched } = stack;
  const userName = 'grace.hopper.of.the.canary';
  const { userId } = await running.register(userName);
  // At this time the session is in the table.
  await watched.look();
  running.stack.users.delete(userId);
  await running.putEvents(userRemovedEvent({ userId }));
  await stack.quiet();
  const everywhere = { ...(await watched.look()), 'standard output': written.all() };
  const named = Object.entries(everywhere).filter(([, text]) => text.includes(userName));
  const tables = [expect.stringContaining('RecordsTable'), expect.stringContaining('TokenCacheTable')];
  expect(named.map(([place]) => place).toSorted()).toEqual(tables);
  expect(named.some(([, text]) => text.includes(`"recordedUserName":"${userName}"`))).toBe(true);
}, 30_000);
