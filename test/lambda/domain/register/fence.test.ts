import { DomainError } from '../../../../lambda/domain/errors.ts';
import type { Portal } from '../../../../lambda/domain/ports.ts';
import { registerSession } from '../../../../lambda/domain/register/register-session.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import {
  accepted,
  alreadyInvalid,
  ampleTime,
  loggedOut,
  rejected,
  type World,
} from '../../../support/fakes.ts';
import { aRegistration, registeringWorld } from '../../../support/registering.ts';
import { ALICE, hold, someJob } from '../../../support/sessions.ts';

/** Two procedures whose steps are calls to the token cache; a schedule says whose step is next. */
class Interleaving {
  readonly steps: string[] = [];
  readonly #schedule: string[];
  /** Of each, in the order in which they came: revoking reads the next page while it deletes the one before. */
  readonly #gates = new Map<string, (() => void)[]>();
  readonly #running = new Set<string>();

  constructor(schedule: string[]) {
    this.#schedule = [...schedule];
  }

  /** Makes each of these calls wait for its turn. */
  gated<T extends object>(who: string, target: T, calls: (keyof T)[]): T {
    const gatedCalls = calls.map((call) => {
      const original = target[call] as (...args: unknown[]) => Promise<unknown>;
      const gatedCall = async (...args: unknown[]) => {
        await new Promise<void>((resolve) => {
          this.#gates.set(who, [...(this.#gates.get(who) ?? []), resolve]);
          this.#next();
        });
        this.steps.push(`${who}.${String(call)}`);
        const result = await original(...args);
        // Nothing more may come of it before another step of the same is let through.
        setImmediate(() => this.#next());
        return result;
      };
      return [call, gatedCall];
    });
    return { ...target, ...Object.fromEntries(gatedCalls) };
  }

  async run(procedures: Record<string, () => Promise<unknown>>): Promise<void> {
    for (const who of Object.keys(procedures)) this.#running.add(who);
    const runs = Object.entries(procedures).map(async ([who, procedure]) => {
      await procedure();
      this.#running.delete(who);
      this.#next();
    });
    await Promise.all(runs);
  }

  /** Lets the next step happen once everyone who still runs waits at a gate. */
  #next(): void {
    if (this.#gates.size < this.#running.size || this.#gates.size === 0) return;
    const at = this.#schedule.findIndex((who) => this.#gates.has(who));
    const [who] = at >= 0 ? this.#schedule.splice(at, 1) : [...this.#gates.keys()];
    const [go, ...later] = this.#gates.get(who ?? '') ?? [];
    if (later.length > 0) this.#gates.set(who ?? '', later);
    else this.#gates.delete(who ?? '');
    go?.();
  }
}

/** Every order in which so many steps of one can mix with so many of the other. */
function schedules(register: number, revoke: number): string[][] {
  if (register === 0) return [Array.from({ length: revoke }, () => 'revoke')];
  if (revoke === 0) return [Array.from({ length: register }, () => 'register')];
  return [
    ...schedules(register - 1, revoke).map((rest) => ['register', ...rest]),
    ...schedules(register, revoke - 1).map((rest) => ['revoke', ...rest]),
  ];
}

async function play(schedule: string[], change: (world: World) => Partial<World> = () => ({})) {
  const alive = new Set(['new', 'old']);
  const portal: Portal = {
    accepts: async (token) => (alive.has(token.reveal()) ? accepted : rejected),
    logout: async (token) => (alive.delete(token.reveal()) ? loggedOut : alreadyInvalid),
  };
  const base = registeringWorld({ portal });
  const world: World = { ...base, ...change(base) };
  await hold(world, ALICE, 'old');
  const interleaving = new Interleaving(schedule);
  const registering = {
    ...world,
    tokenCache: interleaving.gated('register', world.tokenCache, ['hold', 'fence', 'find', 'forget']),
  };
  const revoking = {
    ...world,
    tokenCache: interleaving.gated('revoke', world.tokenCache, ['raiseFence', 'page', 'forgetAll']),
  };
  let registered = '';
  await interleaving.run({
    async register() {
      const request = aRegistration({ accessToken: new Secret('new') });
      registered = await registerSession(registering, request, ampleTime()).then(
        () => 'held',
        (error: unknown) => (error instanceof DomainError ? error.code : 'defect'),
      );
    },
    revoke: () => revokeUser(revoking, someJob(), ampleTime(), { lastAttempt: false }),
  });
  return { alive, registered, held: world.cache.sessions.length, steps: interleaving.steps.join(' ') };
}

test('in no order of their steps does a session stay alive and unnoticed', async () => {
  const all = schedules(5, 6);
  expect(all).toHaveLength(462);
  const orders = new Set<string>();
  for (const schedule of all) {
    const { alive, registered, held, steps } = await play(schedule);
    orders.add(steps);
    expect({ steps, alive: [...alive], held }).toEqual({ steps, alive: [], held: 0 });
    expect(['held', 'user-revoked']).toContain(registered);
  }
  // The schedules do mix the two: both ends of a race come up, and much between.
  expect(orders.size).toBeGreaterThan(50);
});

test('the proof notices a fence that is read before the session is written', async () => {
  const survivors: string[] = [];
  for (const schedule of schedules(5, 6)) {
    const { alive, steps } = await play(schedule, ({ tokenCache }) => {
      let fence: Awaited<ReturnType<World['tokenCache']['fence']>>;
      let write = async () => {};
      const wrongOrder: World['tokenCache'] = {
        ...tokenCache,
        async hold(session, signal) {
          fence = await tokenCache.fence(session.userId, signal);
          write = async () => void (await tokenCache.hold(session, signal));
          return 'new';
        },
        async fence() {
          await write();
          return fence;
        },
      };
      return { tokenCache: wrongOrder };
    });
    if (alive.size > 0) survivors.push(steps);
  }
  expect(survivors.length).toBeGreaterThan(0);
});
