import { userRemovedEvent } from '../../support/events.ts';
import { proof } from '../../support/proof.ts';
import { type Aftermath, losses } from './aftermath.ts';
import {
  type CrashPlan,
  type CrashPoint,
  crashEverywhere,
  type PlannedCrash,
  planCrash,
} from './crash-points.ts';
import { type GatedStack, startGatedStacks } from './gated-stack.ts';
import { aftermathOf, lostAnswers, newPerson, type Person, signedIn } from './people.ts';

let stacks: GatedStack[] = [];

beforeAll(async () => {
  stacks = await startGatedStacks();
}, 60_000);
afterAll(() => Promise.all(stacks.map((stack) => stack.close())), 60_000);

/** Sends a request, during which the function crashes. Then repeats it, as its caller would. */
async function repeated(
  stack: GatedStack,
  plan: CrashPlan,
  point: CrashPoint,
  person: Person,
  send: () => Promise<{ status: number }>,
): Promise<{ crash: PlannedCrash; status: number; lost: Set<string> }> {
  const crash = planCrash(stack, { ...plan, refused: ['Sweep'] }, point);
  const first = await send();
  await crash.settled();
  if (!crash.isOver()) return { crash, status: first.status, lost: new Set() };
  expect(first.status).toBe(500);
  // If a worker ends the sessions, no answer for them gets lost in this function, and the worker may still be at it.
  const lost =
    plan.makesUnsignedCalls === false ? new Set<string>() : await lostAnswers(stack, person, crash);
  const { status } = await send();
  // While the crashed call's lease keeps others out, the workers wait; they end the rest later.
  await stack.redelivered();
  return { crash, status, lost };
}

function answered(status: number, ...expected: number[]): string[] {
  return expected.includes(status) ? [] : [`the repetition is answered ${status}`];
}

async function afterwards(stack: GatedStack, person: Person, lost: Set<string>): Promise<Aftermath> {
  await stack.worked();
  await stack.reconciled();
  const aftermath = await aftermathOf(stack, person, lost);
  await stack.tables.forget(person.userId);
  return aftermath;
}

let keys = 0;

describe.each([
  ['few sessions, which are ended at once', { live: 3, expired: 2, dead: 1 }, { id: 'Revoke' }],
  ['more of them, which the workers end', { live: 11 }, { id: 'Revoke', makesUnsignedCalls: false as const }],
])('%s', (what, sessions, plan) => {
  proof(
    `POST /revocations of a user with ${what}: if it crashes anywhere, repeating it with its key completes it`,
    (tally) =>
      crashEverywhere(stacks, tally, async (stack, point) => {
        const person = await newPerson(stack, sessions);
        keys += 1;
        const headers = { 'content-type': 'application/json', 'idempotency-key': `key-${keys}` };
        const send = () => stack.running.post({ userId: person.userId }, headers);
        const { crash, status, lost } = await repeated(stack, plan, point, person, send);
        const aftermath = await afterwards(stack, person, lost);
        const { length } = aftermath.revocations;
        const ofKey = length === 1 ? [] : [`the key stands for ${length} revocations`];
        return { crash, losses: [...answered(status, 200, 202), ...ofKey, ...losses(aftermath)] };
      }),
  );
});

describe.each([
  ['a session that is held', { live: 1 }, ['accessToken'] as const],
  ['a session that is held, its access token expired', { live: 0, expired: 1 }, ['accessToken'] as const],
  [
    'a token-cache file',
    { live: 1 },
    ['accessToken', 'refreshToken', 'clientId', 'clientSecret', 'expiresAt', 'region'] as const,
  ],
])('%s', (what, sessions, fields) => {
  proof(`POST /revocations of ${what}: if it crashes anywhere, repeating it completes it`, (tally) =>
    crashEverywhere(stacks, tally, async (stack, point) => {
      const person = await newPerson(stack, sessions);
      const [session] = person.sessions;
      const body = Object.fromEntries(fields.map((field) => [field, session?.file[field]]));
      const send = () => stack.running.post(body);
      const { crash, status, lost } = await repeated(stack, { id: 'Revoke' }, point, person, send);
      // Revoking one session raises no fence.
      const { isFenced: _, ...aftermath } = await afterwards(stack, person, lost);
      return { crash, losses: [...answered(status, 200), ...losses(aftermath)] };
    }),
  );
});

type Register = (stack: GatedStack, person: Person) => Promise<() => Promise<{ status: number }>>;

/** Both routes that register, the function of each, and a request that can be sent repeatedly. */
const registering: [route: string, id: string, Register][] = [
  [
    'PUT /sessions',
    'RegisterOwnSession',
    async ({ running }, { sessions }) => {
      const file = { accessToken: '', ...sessions[0]?.file };
      // Role credentials stay valid after the session that they were issued for.
      const headers = await running.signedBy(file);
      return () => running.ask('PUT', '/sessions', file, headers);
    },
  ],
  [
    'PUT /users/{userId}/sessions',
    'RegisterSession',
    async ({ running }, { userId, sessions }) =>
      () =>
        running.ask('PUT', `/users/${userId}/sessions`, { ...sessions[0]?.file }),
  ],
];

describe.each(registering)('%s', (route, id, register) => {
  proof(`if ${route} crashes anywhere and is repeated, the registered session can be ended`, (tally) =>
    crashEverywhere(stacks, tally, async (stack, point) => {
      const person = signedIn(stack);
      const put = await register(stack, person);
      const { crash, status } = await repeated(stack, { id }, point, person, put);
      await stack.running.post({ userId: person.userId });
      return {
        crash,
        losses: [...answered(status, 200, 201), ...losses(await afterwards(stack, person, new Set()))],
      };
    }),
  );

  proof(
    `if ${route} crashes anywhere for a user who is being revoked, repeating it leaves no session alive`,
    (tally) =>
      crashEverywhere(stacks, tally, async (stack, point) => {
        const person = signedIn(stack);
        await stack.running.post({ userId: person.userId });
        const put = await register(stack, person);
        const { crash, status, lost } = await repeated(stack, { id }, point, person, put);
        // Once the session is ended and no longer held, the repetition only answers that the token is dead.
        return {
          crash,
          losses: [...answered(status, 409, 400), ...losses(await afterwards(stack, person, lost))],
        };
      }),
  );

  proof(
    `if ${route} crashes anywhere for a removed user and nobody repeats it, a held session is still ended`,
    (tally) =>
      crashEverywhere(stacks, tally, async (stack, point) => {
        const person = signedIn(stack);
        const { userId, sessions } = person;
        await stack.running.putEvents(userRemovedEvent({ userId }));
        await stack.worked();
        const put = await register(stack, person);
        const crash = planCrash(stack, { id }, point);
        await put();
        await crash.settled();
        const held = await stack.tables.held(userId);
        const wasHeld = held.some(({ sessionId }) => sessionId === sessions[0]?.sessionId);
        stack.gate.use({});
        for (const schedule of stack.running.stack.schedules.logicalIds)
          await stack.running.stack.schedules.run(schedule);
        await stack.redelivered();
        const { held: left, fates } = await afterwards(stack, person, new Set());
        const alive = fates.filter((fate) => fate.isAlive && wasHeld);
        return {
          crash,
          losses: [...left, ...alive.map(({ sessionId }) => sessionId)].map((id) => `${id} slipped through`),
        };
      }),
  );
});
