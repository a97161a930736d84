import { atMost } from '../../../lambda/domain/pace.ts';
import { apiCallEvent } from '../../support/events.ts';
import { proof } from '../../support/proof.ts';
import { deadLettersOf, redrive } from '../../support/runbook-redrive.ts';
import { type RunningStack, startWithClock, until } from '../../support/running-stack.ts';
import { comeBack, leave, type Person, signInAgain, somebody, stateOf } from './people.ts';
import { CASES, type Case, CHANGES, FAILURES, type Failure, OWN, POST } from './removal-cases.ts';
import { watchWork } from './watch-work.ts';

const MINUTE = 60_000;

let running: RunningStack;
let pass: (millis: number) => void;
let clock: () => number;
let idle: () => boolean;

beforeEach(async () => {
  ({ running, pass, clock } = await startWithClock());
  idle = watchWork(running);
}, 30_000);
afterEach(() => running.close());

type Affected = Case & { person: Person };
type Operation = Parameters<RunningStack['stack']['emulator']['faults']['set']>[0]['operation'];

function set(fault: 'fail' | 'none', ...operations: Operation[]): void {
  for (const operation of operations) running.stack.emulator.faults.set({ operation, fault });
}

/** Sends the removals and makes them fail this way. The first attempts are over when it resolves. */
async function fail(affected: Affected[], failure: Failure): Promise<void> {
  if (failure === 'undelivered') set('fail', 'delivery');
  else set('fail', 'logout', ...(failure === 'everything' ? (['identitystore'] as const) : []));
  for (const { event, person } of affected.filter((each) => each.failure === failure)) {
    if (event) await running.putEvents(event(person));
    else await running.post({ userId: person.userId });
  }
  set('none', 'delivery');
  await until('they have failed', idle);
}

/** Passes half an hour, until no message returns any more. */
async function becomeDeadLetters(count: number): Promise<void> {
  const isThrough = () => deadLettersOf(running, 'Removals').counts().visible >= count;
  await until('all are dead letters', () => idle() && (isThrough() || pass(MINUTE / 2)), 240);
}

/** No time passes while messages are processed. Otherwise a removal that must be young would be too old. */
async function workOff(): Promise<void> {
  await until('all is worked off', () => idle() && (running.isQuiet() || pass(MINUTE / 2)), 120);
}

/** Brings users back in the directory, then by EnableUser or the sweep. Then they sign in. */
async function haveBack(affected: Affected[]): Promise<void> {
  const back = affected.filter(({ fate }) => fate !== 'gone');
  for (const { person } of back) comeBack(running, person);
  for (const { person } of back.filter(({ fate }) => fate === 'back, told'))
    await running.putEvents(apiCallEvent('sso-directory', 'EnableUser', { userId: person.userId }));
  await until('they are let in', idle);
  const sweep = running.stack.schedules.logicalIds.find((id) => id.includes('Sweep'));
  await running.stack.schedules.run(sweep ?? '');
  await until('what the sweep found is done', idle);
  for (const { person } of back) await signInAgain(running, person);
}

/** The expected final state. */
function expected({ name, fate, failure }: Case, isYoung: boolean) {
  if (fate === 'gone') {
    const removed = name !== POST;
    return { oldAlive: 0, held: 0, newer: undefined, removed, signedOut: !removed, mayRegister: false };
  }
  // For an hour, the company's own event outweighs the directory. EnableUser ends that, because it says that the person
  // is back.
  if (name === OWN && isYoung && fate === 'back, found')
    return { oldAlive: 0, held: 0, newer: 'ended', removed: true, mayRegister: false };
  // If nobody could look the user up in time, the change is not known to be a removal.
  const left = CHANGES.includes(name) && failure !== 'portal' ? 2 : 0;
  return { oldAlive: left, held: 1 + left, newer: 'lives', removed: false, mayRegister: true };
}

const ROW = 'Removals redriven from the dead-letter queue, the person gone or back';

for (const { name, wait, isYoung } of [
  { name: 'within the hour', wait: 0, isYoung: true },
  { name: 'hours later', wait: 3 * 60 * MINUTE, isYoung: false },
]) {
  proof(
    `removals of each kind that failed in each way, redriven ${name}: whoever is gone is ended, denied and refused; whoever is back stays signed in`,
    async (tally) => {
      const affected: Affected[] = await atMost(1, CASES, async (each) => ({
        ...each,
        person: await somebody(running),
      }));
      tally.tried = affected.length;
      for (const { person, left } of affected) leave(running, person, left);
      for (const failure of FAILURES) await fail(affected, failure);
      await becomeDeadLetters(affected.length);
      set('none', 'identitystore');
      pass(wait);
      await haveBack(affected);
      set('none', 'logout');

      await redrive(running, 'Removals');
      await workOff();

      expect(deadLettersOf(running, 'Removals').counts().visible).toBe(0);
      const wrong: object[] = [];
      for (const each of affected) {
        const state = await stateOf(running, clock, each.person);
        const wanted = expected(each, isYoung);
        const differs = Object.entries(wanted).some(
          ([what, value]) => state[what as keyof typeof state] !== value,
        );
        if (differs) wrong.push({ case: [each.name, each.failure, each.fate].join(' | '), state, wanted });
      }
      tally.lost = wrong.length;
      expect(wrong).toEqual([]);
    },
    6,
    ROW,
  );
}
