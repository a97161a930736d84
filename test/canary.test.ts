import { FAULTS } from '../local/emulators/faults.ts';
import { hashOf, type TokenCacheFile } from '../local/emulators/sign-ins.ts';
import { userRemovedEvent } from './support/events.ts';
import { type RunningStack, start, until } from './support/running-stack.ts';

/** One that hangs takes its timeouts three times over: that is tested where the timeout can be set. */
const faults = FAULTS.filter((fault) => fault !== 'hang');

let running: RunningStack;
let files: TokenCacheFile[] = [];

beforeEach(async () => {
  running = await start();
  files = [];
}, 30_000);
afterEach(() => running.close());

function signIn(userName?: string): TokenCacheFile {
  const file = running.stack.emulator.signIns.signIn(userName === undefined ? {} : { userName });
  files.push(file);
  return file;
}

/** Everything that anybody but the portal, its token service and the key service got to see. */
async function everything(): Promise<string> {
  const rows = [...(await running.rows('Records')), ...(await running.rows('TokenCache'))];
  const readable = (_key: string, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
  const dump = rows.map((row) =>
    Object.entries(row).map(([key, value]) => JSON.stringify(readable(key, value))),
  );
  return [...running.seen, ...dump.flat(), JSON.stringify(running.stack.emulator.requests)].join('\n');
}

async function expectNoSecret(): Promise<void> {
  const seen = await everything();
  expect(files.length).toBeGreaterThan(0);
  expect(files.every(({ accessToken }) => seen.includes(hashOf(accessToken)))).toBe(true);
  const secrets = files.flatMap(({ accessToken, refreshToken, clientSecret }) => [
    accessToken,
    refreshToken,
    clientSecret,
  ]);
  expect(secrets.flatMap(encodings).filter((secret) => seen.includes(secret))).toEqual([]);
}

/** How a secret may look after somebody has encoded it; in base64, at whichever of the three offsets. */
function encodings(secret: string): string[] {
  const inBase64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('x'.repeat(offset) + secret).toString('base64');
    return encoded.slice(4, -4);
  });
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...inBase64];
}

test('a token that is posted: whatever the portal does, whatever is wrong with the request', async () => {
  for (const fault of faults) {
    const file = signIn();
    await running.cache(file.accessToken);
    running.stack.emulator.faults.set({ operation: 'logout', fault, times: 4 });
    await running.post({ ...file, reason: fault });
  }
  running.stack.emulator.faults.set({ operation: 'logout', fault: 'none' });
  const file = signIn();
  const { accessToken, refreshToken } = file;
  await running.post(JSON.stringify(file).slice(0, -1));
  await running.post(JSON.stringify(file), { 'content-type': 'text/plain' });
  await running.post(new URLSearchParams({ ...file }).toString(), {
    'content-type': 'application/x-www-form-urlencoded',
  });
  await running.post({ ...file, userName: accessToken });
  await running.post({ ...file, region: accessToken, reason: { text: refreshToken } });
  await running.post({ ...file, accessToken: `${accessToken}\n` });
  await running.post([file]);
  await running.post(accessToken);
  await running.post({ ...file, accessToken: accessToken.repeat(1_500) });
  for (const path of [`/revocations/${accessToken}`, `/${accessToken}?token=${accessToken}`]) {
    running.seen.push(await (await fetch(running.stack.url + path)).text());
  }
  await running.post(file);
  await expectNoSecret();
}, 60_000);

test('a session that is registered: whatever key service, token service and portal do until it is ended', async () => {
  const { emulator, users } = running.stack;
  for (const [n, fault] of faults.entries()) {
    const userName = `person-${n}`;
    const file = signIn(userName);
    const userId = users.find(userName)?.userId ?? '';
    emulator.faults.set({ operation: 'kms', fault, times: 2 });
    await running.ask('PUT', '/sessions', { ...file, userId });
    await running.ask('PUT', '/sessions', { ...file, userId: 'nobody', expiresAt: file.accessToken });
    emulator.faults.set({ operation: 'kms', fault: 'none' });
    await running.ask('PUT', '/sessions', { ...file, userId });
    await running.ask('GET', `/sessions?userId=${userId}`);
    for (const operation of ['logout', 'token', 'kms'] as const) {
      emulator.faults.set({ operation, fault, times: 4 });
      await running.ask('POST', '/revocations', { userId, reason: fault });
      emulator.faults.set({ operation, fault: 'none' });
    }
    await running.putEvents(userRemovedEvent({ userId }));
  }
  await until('all are signed out', async () => {
    const held = await running.rows('TokenCache');
    return held.every(({ sessionId }) => String(sessionId).startsWith('#'));
  });
  await expectNoSecret();
}, 60_000);
