import { FAULTS, type Fault, type FaultedOperation } from '../../local/emulators/ground/faults.ts';
import { capabilities } from '../support/capabilities.ts';
import { userRemovedEvent } from '../support/events.ts';
import { proof, type Tally } from '../support/proof.ts';
import { type SecretStack, startSecretStack } from '../support/secret-stack.ts';
import { captureWritten } from '../support/written.ts';

const MINUTE = 60_000;
const OPERATIONS = ['logout', 'token', 'kms', 'identitystore', 'sqs', 'organizations'] as const;

const written = captureWritten();
let stack: SecretStack;
let people = 0;

beforeEach(async () => {
  stack = await startSecretStack();
}, 30_000);
afterEach(() => stack.close());

async function look(tally: Tally): Promise<void> {
  const { found, unknown } = await stack.look({ 'standard output': written.all() });
  tally.leaked += found.length;
  tally.lost += unknown;
  expect(found).toEqual([]);
}

/** Sends every request about a person, each under the fault, and finally without it. */
async function underFault(operation: FaultedOperation, fault: Fault, tally: Tally): Promise<void> {
  const { running, watched, pass, quiet } = stack;
  const { faults, signIns } = running.stack.emulator;
  const meeting = async (act: () => Promise<unknown>) => {
    tally.tried += 1;
    // The fault lasts as long as a client retries. The retry of the caller or the queue succeeds.
    faults.set({ operation, fault, times: 3 });
    await act();
    faults.set({ operation, fault: 'none' });
  };
  people += 1;
  const userName = `person-${people}`;
  const file = signIns.signIn({ userName });
  await meeting(() => running.registerOwn(file));
  const { userId } = await running.register(userName);
  const removed = await running.register(`${userName}-removed`);
  await watched.look();
  await meeting(() => running.post({ ...file, userId, reason: fault }));
  // From here on, only the refresh tokens are useful.
  pass(61 * MINUTE);
  await meeting(() => running.post({ userName, reason: fault }));
  const late = signIns.signIn({ userName });
  await meeting(() => running.ask('PUT', `/users/${userId}/sessions`, late));
  await meeting(async () => {
    await running.putEvents(userRemovedEvent({ userId: removed.userId }));
    await quiet();
  });
  for (const body of [file, late, { userId }]) await running.post({ ...body });
  await quiet();
}

proof('secrets: no capability reveals one, with tokens that rotate', async (tally) => {
  const { running, watched, pass, issued } = stack;
  for (const drive of Object.values(capabilities(running, pass))) {
    await drive();
    await watched.look();
    tally.tried += 1;
  }
  expect(issued.length).toBeGreaterThan(4);
  await look(tally);
});

for (const operation of OPERATIONS) {
  proof(`secrets: if ${operation} fails in any way, none is revealed`, async (tally) => {
    for (const fault of FAULTS.filter((one) => one !== 'hang')) await underFault(operation, fault, tally);
    await look(tally);
  });
}

proof(
  'secrets: if portal, token service, key service and queue do not answer, none is revealed',
  async (tally) => {
    const { running, pass, quiet } = stack;
    const { faults, signIns } = running.stack.emulator;
    const { userId } = await running.register('hanging');
    const [posted, refused] = [signIns.signIn(), signIns.signIn()];
    await running.register('expired');
    pass(61 * MINUTE);
    const hangs: [FaultedOperation, () => Promise<unknown>][] = [
      ['kms', () => running.ask('PUT', `/users/${userId}/sessions`, refused)],
      ['token', () => running.ask('POST', '/revocations', { userName: 'expired' })],
      ['logout', () => running.post({ ...posted })],
      ['sqs', () => running.ask('POST', '/revocations/everyone', { reason: 'drill' })],
    ];
    for (const [operation, act] of hangs) {
      faults.set({ operation, fault: 'hang', times: 3 });
      await act();
      faults.set({ operation, fault: 'none' });
      tally.tried += 1;
    }
    await quiet();
    for (const file of [posted, refused]) await running.post({ ...file });
    await look(tally);
  },
);
