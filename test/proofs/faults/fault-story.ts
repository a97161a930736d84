import { derivedId } from '../../../lambda/domain/ids.ts';
import { changeOf } from '../../support/events.ts';
import { FAULTS, type Fate } from '../../support/gate.ts';
import { happened, WHAT_HAPPENS } from './fault-events.ts';
import { drawFor, type Numbers, numbersFrom } from './seeded.ts';
import type { Answer, Request, System } from './system.ts';
import type { Call } from './system-calls.ts';
import { isAlive, isHeld, registrations, type Session, signIn, tokensOf } from './system-people.ts';
import { pass, untilQuiet } from './system-quiet.ts';
import type { Surroundings } from './system-surroundings.ts';

/** A request that its caller repeats until the status is below 429. */
interface Pending {
  what: Parameters<System['ask']>[0];
  request: Request;
  settle: (answer: Answer) => Promise<void>;
}

export interface Story {
  sessions: Session[];
  /** Revocations that were promised by a 200, a 202 or an event. */
  promised: Set<string>;
  /** False claims during the story. */
  broken: string[];
  step(): Promise<void>;
  /** Ends all faults. Then everything is repeated, redelivered and redriven until nothing is left to do. */
  calmDown(): Promise<void>;
}

/** Hanging calls cost test time, so they are rarer. */
const QUICK = FAULTS.filter((fate) => fate !== 'hang' && fate !== 'late');
const FALLING = [...FAULTS, ...QUICK, ...QUICK, ...QUICK];
const PEOPLE = ['ann', 'ben', 'cho'];
const [SECOND, MINUTE] = [1_000, 60_000];

/** The fault of a call depends on what the call concerns and how often that came before, but not on parallel calls. */
export function badWeather(
  seed: number,
  share: number,
  system: Pick<System, 'issued'>,
): (call: Call) => Fate {
  const times = new Map<string, number>();
  return ({ service, operation, about }) => {
    // If two sessions are refreshed in parallel, which one gets which token differs from run to run.
    const refreshed = [...system.issued].find(([, accessHashes]) => accessHashes.includes(about));
    const what = `${service} ${operation} ${refreshed?.[0] ?? about}`;
    const time = (times.get(what) ?? 0) + 1;
    times.set(what, time);
    if (drawFor(seed, what, time) >= share) return 'pass';
    return FALLING[Math.floor(drawFor(seed, what, time, 'fate') * FALLING.length)] ?? 'pass';
  };
}

/** Some people, whose sessions are registered and revoked in all ways, in an order that the seed decides. */
export function tellStory(system: System, { rows }: Pick<Surroundings, 'rows'>, seed: number): Story {
  const numbers = numbersFrom(seed);
  const { users } = system.emulators;
  const userIds = PEOPLE.map((userName) => users.create({ userName }).userId);
  const sessions: Session[] = [];
  const promised = new Set<string>();
  const broken: string[] = [];
  const pending: Pending[] = [];
  let count = 0;
  const someone = () => userIds[numbers.below(userIds.length)] ?? '';

  async function ask(asked: Pending): Promise<void> {
    const answer = await system.ask(asked.what, asked.request);
    if (answer.body.code === 'internal') broken.push(`${asked.what} failed with a defect`);
    if (answer.status === 0 || answer.status >= 429) pending.push(asked);
    else await asked.settle(answer);
  }

  function registering(session: Session): Promise<void> {
    const what = numbers.chance(0.5) ? 'register' : 'registerOwn';
    return ask({
      what,
      request: registrations[what](session, tokensOf(session)),
      async settle({ status }) {
        if (status >= 300) return;
        session.acceptedAt ??= Date.now();
        const isKnown = isHeld((await rows()).cache, session);
        if (!isKnown) broken.push(`${session.sessionId} was accepted with ${status} and is not held`);
      },
    });
  }

  function revokingSession(session: Session): Promise<void> {
    const owner = numbers.chance(0.5) ? { userId: session.userId } : {};
    // If the session is registered, the access token is enough, because the refresh token is held.
    const isEnough = !session.isRefreshable || session.acceptedAt !== undefined;
    const tokens =
      isEnough && numbers.chance(0.5) ? { accessToken: session.file.accessToken } : tokensOf(session);
    return ask({
      what: 'revoke',
      request: { body: { ...tokens, ...owner } },
      async settle({ status, body }) {
        if (status !== 200) return;
        if (isAlive(system, session)) broken.push(`${session.sessionId} was answered with 200 and is alive`);
        if (body.status !== 'COMPLETED') broken.push(`${session.sessionId} was answered as ${body.status}`);
      },
    });
  }

  function revokingUser(userId: string): Promise<void> {
    count += 1;
    const headers = numbers.chance(0.6) ? { 'idempotency-key': `key-${count}` } : {};
    return ask({ what: 'revoke', request: { body: { userId }, headers }, settle: keepPromise });
  }

  function pressing(except: string[]): Promise<void> {
    const request = { body: { reason: 'drill', except } };
    return ask({ what: 'everyone', request, settle: keepPromise });
  }

  async function keepPromise({ status, body }: Answer): Promise<void> {
    if (status < 300) promised.add(body.revocationId);
  }

  function tell(userId: string): void {
    count += 1;
    const event = happened(numbers.pick(WHAT_HAPPENS) ?? 'removed', userId, `event-${count}`, users);
    if (event.isPromise) promised.add(derivedId('user', 'event', userId, changeOf(event.told)));
    system.queues.working.removals.send(JSON.stringify(event.told));
  }

  const remember = (session: Session) => sessions[sessions.push(session) - 1] ?? session;

  const acts: [weight: number, act: () => unknown][] = [
    [8, () => registering(remember(signIn(system, numbers.pick(PEOPLE) ?? '', numbers.chance(0.7))))],
    [1, () => onSome(registering)],
    [2, () => onSome(revokingSession)],
    [3, () => revokingUser(someone())],
    [3, () => tell(someone())],
    [0.5, () => pressing(numbers.chance(0.3) ? [someone()] : [])],
    [0.2, () => ask({ what: 'liftEveryone', request: {}, settle: async () => {} })],
    // One message at a time, because parallel work cannot be replayed.
    [12, () => system.work(1)],
    [1, () => system.sweep()],
    [2, () => system.reconcileIfWoken()],
    [
      0.5,
      () => ask({ what: 'lift', request: { pathParameters: { userId: someone() } }, settle: async () => {} }),
    ],
    [2, () => pass(numbers.below(12) * MINUTE)],
    // The first access tokens expire.
    [0.5, () => pass(61 * MINUTE)],
    [1, () => system.queues.redrive()],
  ];

  async function onSome(act: (session: Session) => Promise<void>): Promise<void> {
    const session = numbers.pick(sessions);
    if (session) await act(session);
  }

  return {
    ...{ sessions, promised, broken },
    async step() {
      pass(SECOND);
      await chosen(numbers, acts)();
    },
    async calmDown() {
      system.calm();
      for (const asked of pending.splice(0)) {
        pass(SECOND);
        await ask(asked);
      }
      for (const { what } of pending) broken.push(`${what} fails in calm weather`);
      await untilQuiet(system, broken);
      // The sweep continues what no caller repeats any more.
      pass(31 * MINUTE);
      if (!(await system.sweep())) broken.push('the sweep fails in calm weather');
      await untilQuiet(system, broken);
      if (!(await system.reconcile())) broken.push('the reconciler fails in calm weather');
    },
  };
}

export function chosen(numbers: Numbers, acts: [weight: number, act: () => unknown][]): () => unknown {
  let left = numbers.unit() * acts.reduce((sum, [weight]) => sum + weight, 0);
  const found = acts.find(([weight]) => {
    left -= weight;
    return left < 0;
  });
  return found?.[1] ?? (() => {});
}
