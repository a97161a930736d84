import { apiCallEvent } from '../../support/events.ts';
import { proof } from '../../support/proof.ts';
import { deadLettersOf, redrive } from '../../support/runbook-redrive.ts';
import { type RunningStack, startWithClock, until } from '../../support/running-stack.ts';
import { comeBack, leave, type Person, signInAgain, somebody, stateOf } from './people.ts';
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

const KINDS = ['gone', 'fenced', 'stuck', 'back'] as const;
const FATES = ['gone', 'back'] as const;
type Affected = { kind: (typeof KINDS)[number]; fate: (typeof FATES)[number]; person: Person };

const set = (fault: 'fail' | 'none', operation: 'logout' | 'identitystore' | 'sqs') =>
  running.stack.emulator.faults.set({ operation, fault });

const disabled = ({ userId }: Person) => apiCallEvent('sso-directory', 'DisableUser', { userId });
const worked = () => until('what can be done is done', idle);

const queueOf = (part: string) => {
  const queue = running.stack.emulator.queues.byArn(running.queue(part).arn);
  if (!queue) throw new Error(`There is no queue ${part}.`);
  return queue;
};

async function remove({ person }: Affected): Promise<void> {
  leave(running, person, 'disabled');
  await running.putEvents(disabled(person));
  await worked();
}

/** Brings each person into a state that is reported. */
const PREPARE: Record<Affected['kind'], (affected: Affected) => Promise<void>> = {
  /** The user left without an event. */
  gone: async ({ person }) => leave(running, person, 'disabled'),
  /** The user signs out and in again under the fence, while the portal is down. */
  async fenced({ person }) {
    await running.post({ userId: person.userId });
    set('fail', 'logout');
    expect(await signInAgain(running, person)).toBe(409);
    set('none', 'logout');
    if (person.newer) person.files.push(person.newer);
  },
  /** The user is removed while the portal is down, and the message that would retry is lost. */
  async stuck(affected) {
    const queue = queueOf('RevocationsQueue');
    const { changeVisibility } = queue;
    queue.changeVisibility = queue.delete;
    set('fail', 'logout');
    await remove(affected);
    set('none', 'logout');
    queue.changeVisibility = changeVisibility;
  },
  /** The user is removed and denied, then enabled without an event. */
  async back(affected) {
    await remove(affected);
    comeBack(running, affected.person);
  },
};

/** Delays reports until the sweep is over. */
const DELAY = 40 * MINUTE;

async function sweep(): Promise<void> {
  const schedule = running.stack.schedules.logicalIds.find((id) => id.includes('Sweep'));
  await running.stack.schedules.run(schedule ?? '');
}

/** At least one for each person: the schedule runs the sweep, too. */
async function becomeDeadLetters(): Promise<void> {
  const { visible, inFlight, delayed } = { ...queueOf('ReportsQueue').counts() };
  const [all, dead] = [visible + inFlight + delayed, deadLettersOf(running, 'Reports')];
  pass(DELAY);
  await until('all are dead letters', () => dead.counts().visible >= all || pass(MINUTE / 6), 120);
  idle = watchWork(running);
}

/** The expected final state. */
function expected({ kind, fate }: Affected): Partial<Awaited<ReturnType<typeof stateOf>>> {
  if (fate === 'gone')
    return { oldAlive: 0, held: 0, mayRegister: false, ...(kind !== 'fenced' && { removed: true }) };
  // A lookup alone removes nobody who is in the directory.
  const left = kind === 'gone' ? 2 : 0;
  return { oldAlive: left, held: 1 + left, newer: 'lives', removed: false, mayRegister: true };
}

proof(
  'reports of each kind that became dead letters, redriven: whoever is gone is ended and refused; whoever is back stays signed in',
  async (tally) => {
    const affected: Affected[] = [];
    for (const kind of KINDS)
      for (const fate of FATES) affected.push({ kind, fate, person: await somebody(running) });
    tally.tried = affected.length;
    const reports = queueOf('ReportsQueue');
    const { send } = reports;
    reports.send = (body, options) => send(body, { ...options, delaySeconds: DELAY / 1000 });
    for (const each of affected) await PREPARE[each.kind](each);
    pass(31 * MINUTE);
    await sweep();
    set('fail', 'identitystore');
    set('fail', 'sqs');
    await becomeDeadLetters();
    const letters = queueOf('ReportsDeadLetters').receive(100, 0);
    const kinds = letters.map(({ body }): Affected['kind'] => JSON.parse(body).kind);
    for (const kind of KINDS) expect(kinds.filter((each) => each === kind).length).toBeGreaterThanOrEqual(2);

    set('none', 'identitystore');
    set('none', 'sqs');
    reports.send = send;
    for (const { person, fate } of affected) {
      if (fate === 'gone') leave(running, person, 'disabled');
      else {
        comeBack(running, person);
        expect(await signInAgain(running, person)).toBe(201);
      }
    }
    await redrive(running, 'Reports');
    const workedOff = () =>
      until('all is worked off', () => idle() && (running.isQuiet() || pass(MINUTE / 2)));
    await workedOff();
    expect(deadLettersOf(running, 'Reports').counts().visible).toBe(0);
    await sweep();
    await workedOff();

    for (const each of affected) {
      const state = await stateOf(running, clock, each.person);
      const isRight = expect.objectContaining(expected(each));
      if (!isRight.asymmetricMatch(state)) tally.lost += 1;
      expect([each.kind, each.fate, state]).toEqual([each.kind, each.fate, isRight]);
    }
  },
);
