import {
  apiCallEvent,
  type EventEnvelope,
  identityStoreEvent,
  OTHER_ACCOUNT,
  OTHER_STORE,
  STORE,
  userRemovedEvent,
} from '../../support/events.ts';
import { type RunningStack, start, until } from '../../support/running-stack.ts';

let running: RunningStack;

beforeAll(async () => {
  running = await start();
}, 30_000);
afterAll(() => running.close());

const callOf = (name: string, userId: string) => (identityStoreId: string) =>
  apiCallEvent('sso-directory', name, { identityStoreId, userId });
const deletionOf = (userId: string) => (identityStoreId: string) =>
  identityStoreEvent('User Deleted', { userId, identityStoreId });

/** Events from a sender that is not AWS, or is AWS for another account or identity store. */
function forgeriesOf(event: (store: string) => EventEnvelope): EventEnvelope[] {
  const genuine = event(STORE);
  return [{ ...genuine, source: 'my.app' }, { ...genuine, account: OTHER_ACCOUNT }, event(OTHER_STORE)];
}

/** Puts them on the bus. Then passes them to the worker, as if somebody had edited a rule so that it matches them. */
async function send(forgeries: EventEnvelope[]): Promise<void> {
  await running.putEvents(...forgeries);
  const queue = running.stack.emulator.queues.byUrl(running.queue('RevocationsQueue').url);
  for (const event of forgeries) queue?.send(JSON.stringify(event));
  await until('the worker is done with all of them', running.isQuiet);
}

const written = (text: string) => running.seen.filter((line) => line.includes(text));
const revocationsOf = async (userId: string) =>
  (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations;

test('a forged removal ends no session, denies nobody and raises no fence', async () => {
  const { userId, file } = await running.register('wanted@example.com');
  await send(forgeriesOf(callOf('DeleteUser', userId)));
  await send(forgeriesOf(deletionOf(userId)));
  expect(await revocationsOf(userId)).toEqual([]);
  expect(running.stack.emulator.signIns.userOf(file.accessToken)).toBeDefined();
  expect((await running.ask('DELETE', `/deny-list/${userId}`)).body).toMatchObject({ code: 'not-denied' });
  // Registering succeeds, so there is no fence.
  await running.register('wanted@example.com');
  expect((await running.ask('GET', `/sessions?userId=${userId}`)).body.sessions).toHaveLength(2);
}, 60_000);

test('a forged return lifts neither denial nor fence; the genuine one lifts the denial', async () => {
  const { userId } = await running.register('removed-by-hr@example.com');
  await running.putEvents(userRemovedEvent({ userId }));
  await until('the removal is recorded', async () => (await revocationsOf(userId))[0]?.completedAt);
  await send(forgeriesOf(callOf('EnableUser', userId)));
  expect(written('"kind":"lifted"')).toEqual([]);
  const [{ roleSessions }] = await revocationsOf(userId);
  expect(roleSessions.notDenied ?? 'denied').toMatch(/^(denied|pending)$/);
  await expect(running.register('removed-by-hr@example.com')).rejects.toThrow('409');
  await running.putEvents(callOf('EnableUser', userId)(STORE));
  await until('the denial is lifted', () => written('"kind":"lifted"').length > 0);
}, 60_000);

test('the rules reject the forgeries that they can recognize; the worker ignores the others and logs which check failed', () => {
  const of = (what: string) => written('not believed').filter((line) => line.includes(what)).length;
  // The worker got each forgery three times. Besides, no rule can see which store a native event names.
  expect([of('no service of AWS'), of('account'), of('identity store')]).toEqual([2, 3, 4]);
  expect(written('"level":"ERROR"')).toEqual([]);
});
