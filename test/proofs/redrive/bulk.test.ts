import { proof } from '../../support/proof.ts';
import { deadLettersOf, redrive } from '../../support/runbook-redrive.ts';
import { type RunningStack, startWithClock, until } from '../../support/running-stack.ts';
import { isAlive, leave, type Person, signInAgain, somebody, stateOf } from './people.ts';
import { watchWork } from './watch-work.ts';

const MINUTE = 60_000;
const PEOPLE = 12;

let running: RunningStack;
let pass: (millis: number) => void;
let clock: () => number;
let idle: () => boolean;

beforeEach(async () => {
  ({ running, pass, clock } = await startWithClock());
  idle = watchWork(running);
}, 30_000);
afterEach(() => running.close());

const ROW = 'The red button redriven from the dead-letter queue, the person gone or back';
const deadLetters = () => deadLettersOf(running, 'Bulk').counts().visible;

/**
 * While SQS is down, workers cannot delay or finish a message, so this waits by time. There may be more dead letters
 * than jobs: the sweep queues a job again that is stuck for half an hour.
 */
async function becomeDeadLetters(count: number): Promise<void> {
  const step = () => (idle() ? MINUTE / 2 : MINUTE / 6);
  await until('all are dead letters', () => deadLetters() >= count || pass(step()), 120);
  idle = watchWork(running);
}

/** Access tokens expire after an hour. Then Logout uses the refreshed ones, so this counts all Logouts. */
const countLogouts = () =>
  running.stack.emulator.requests.filter(({ operation, status }) => operation === 'logout' && status === 200)
    .length;

/**
 * - `sqs`: the job of everyone fails, because it can queue no user
 * - `logout`: the job of each user fails
 */
for (const { operation, what, letters } of [
  { operation: 'sqs', what: 'the fan-out', letters: 1 },
  { operation: 'logout', what: "each user's job", letters: PEOPLE },
] as const) {
  proof(
    `if ${what} becomes a dead letter and is redriven hours later, whoever signed in since stays signed in`,
    async (tally) => {
      const { faults } = running.stack.emulator;
      const people: Person[] = [];
      for (let n = 0; n < PEOPLE; n += 1) people.push(await somebody(running));
      tally.tried = PEOPLE;
      const [gone, back] = [people.slice(0, PEOPLE / 2), people.slice(PEOPLE / 2)];
      if (operation === 'logout') faults.set({ operation, fault: 'fail' });
      // The route can queue its job. Then the workers find the queue down.
      else failAfterSending();
      const pressed = await running.ask('POST', '/revocations/everyone', { reason: 'breach' });
      expect(pressed.status).toBe(202);
      await becomeDeadLetters(letters);
      expect(people.every(({ files }) => files.every((file) => isAlive(running, file)))).toBe(true);
      pass(3 * 60 * MINUTE);
      for (const person of gone) leave(running, person, 'disabled');
      for (const person of back) expect(await signInAgain(running, person)).toBe(201);
      faults.set({ operation, fault: 'none' });

      await redrive(running, 'Bulk');
      await until('all is worked off', () => idle() && (running.isQuiet() || pass(MINUTE / 2)));

      const { body } = await running.ask('GET', `/revocations/${pressed.body.revocationId}`);
      // Hours have passed. The sweep may have found the disabled users first, and their sessions are not found again.
      const { found } = body.sessions;
      expect(found).toBeGreaterThanOrEqual(2 * back.length);
      const ended = { found, loggedOut: found, alreadyInvalid: 0, pending: 0, failed: 0 };
      expect(body).toMatchObject({ status: 'COMPLETED', sessions: ended });
      expect(countLogouts()).toBe(2 * PEOPLE);
      for (const person of gone)
        expect(await stateOf(running, clock, person)).toMatchObject({
          oldAlive: 0,
          held: 0,
          mayRegister: false,
        });
      const stays = { oldAlive: 0, held: 1, newer: 'lives', removed: false, mayRegister: true };
      for (const person of back) expect(await stateOf(running, clock, person)).toMatchObject(stays);
    },
    5,
    ROW,
  );
}

/** SQS accepts what the route sends, the job and the message to the reconciler, and then fails. */
function failAfterSending(): void {
  const awaited = new Set(['BulkQueue', 'DenyListQueue'].map((queue) => running.queue(queue).arn));
  const queues = running.stack.emulator.queues.all().filter(({ settings }) => awaited.has(settings.arn));
  expect(queues).toHaveLength(2);
  for (const queue of queues) {
    const { send } = queue;
    queue.send = (body, options) => {
      queue.send = send;
      awaited.delete(queue.settings.arn);
      if (awaited.size === 0) running.stack.emulator.faults.set({ operation: 'sqs', fault: 'fail' });
      return send(body, options);
    };
  }
}
