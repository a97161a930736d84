import { isDeepStrictEqual } from 'node:util';
import type { OutgoingEventName } from '../../../lambda/domain/outgoing-event.ts';
import { apiCallEvent, STORE, userRemovedEvent } from '../../support/events.ts';
import { proof } from '../../support/proof.ts';
import { type Company, newCompany, somebody } from './access-people.ts';
import { type Attempt, type CrashPlan, type CrashPoint, crashEverywhere, planCrash } from './crash-points.ts';
import { type GatedStack, startGatedStack } from './gated-stack.ts';
import { newPerson, revocationsOf, signedIn } from './people.ts';

const STACKS = 2;

const stacks: GatedStack[] = [];
const companies = new Map<GatedStack, Company>();

beforeAll(async () => {
  // Started one after the other: Lambda gives functions ten seconds to start, which is too short for several stacks at
  // once on a slow computer.
  while (stacks.length < STACKS) stacks.push(await startGatedStack());
  for (const stack of stacks) companies.set(stack, newCompany(stack));
}, 90_000);
afterAll(() => Promise.all(stacks.map((stack) => stack.close())), 60_000);

/** Longer than the visibility timeout of the queue that wakes the reconciler, and than its deduplication interval. */
const COMING_BACK = 6 * 60_000;

const sentTo = ({ sent }: GatedStack, userId: string) =>
  sent.filter(({ detail }) => detail.userId === userId);

function untold(stack: GatedStack, userId: string, ...names: OutgoingEventName[]): string[] {
  const told = sentTo(stack, userId).map(({ name }) => name);
  return names.filter((name) => !told.includes(name)).map((name) => `${name} is never sent`);
}

/** Lets queues and schedules do all their work. */
async function afterwards(stack: GatedStack): Promise<void> {
  await stack.redelivered();
  await stack.worked();
  stack.pass(COMING_BACK);
  await stack.reconciled();
  await stack.worked();
}

const plan = (id: string): CrashPlan => ({ id, refused: ['Sweep'], makesUnsignedCalls: false });

/** Disables a user, and crashes a function meanwhile. */
async function removed(stack: GatedStack, id: string, point: CrashPoint): Promise<Attempt> {
  const { running, tables, pass } = stack;
  const company = companies.get(stack);
  if (!company) throw new Error('This stack has no company.');
  pass(600_000);
  const userId = somebody(company, { accounts: [], groups: [company.ownGroup] });
  const crash = planCrash(stack, plan(id), point);
  running.stack.users.disable(userId);
  await running.putEvents(apiCallEvent('sso-directory', 'DisableUser', { identityStoreId: STORE, userId }));
  await stack.worked(crash.isOver);
  if (!crash.isOver()) await stack.reconciled(crash.isOver);
  await crash.settled();
  if (crash.isOver() && id === 'RemoveAccess') await tables.endRuns();
  await afterwards(stack);
  const losses = untold(stack, userId, 'Revocation Completed', 'Role Sessions Denied', 'Access Removed');
  await tables.forget(userId);
  return { crash, losses };
}

describe.each(['Worker', 'Reconcile', 'RemoveAccess'])('%s', (id) => {
  proof(`if ${id} crashes anywhere in a removal, its redelivered message sends each event`, (tally) =>
    crashEverywhere(stacks, tally, (stack, point) => removed(stack, id, point)),
  );
});

proof('if Tell crashes anywhere, the event is sent at least once, and the record is unchanged', (tally) =>
  crashEverywhere(stacks, tally, async (stack, point) => {
    const { running } = stack;
    const person = signedIn(stack);
    const { userId } = person;
    await running.putEvents(userRemovedEvent({ userId }));
    await stack.worked();
    await stack.reconciled();
    await stack.worked();
    const [revocation] = await revocationsOf(stack, person);
    const record = async () =>
      (await running.rows('Records')).filter((row) => row.revocationId === revocation?.revocationId);
    const before = await record();
    const known = sentTo(stack, userId);
    const crash = planCrash(stack, plan('Tell'), point);
    const queue = running.stack.emulator.queues.byUrl(running.queue('NoticesQueue').url);
    const event = 'Revocation Completed';
    queue?.send(JSON.stringify({ kind: 'tell', event, revocationId: revocation?.revocationId }));
    await stack.worked(crash.isOver);
    await crash.settled();
    await afterwards(stack);
    const sent = sentTo(stack, userId).slice(known.length);
    const first = known.find(({ name }) => name === event);
    const losses = [
      ...(sent.length > 0 ? [] : ['the event is never sent']),
      ...(sent.every((each) => isDeepStrictEqual(each, first)) ? [] : ['another event is sent']),
      ...(before.length > 0 && isDeepStrictEqual(await record(), before) ? [] : ['the record is changed']),
    ];
    await stack.tables.forget(userId);
    return { crash, losses };
  }),
);

let keys = 0;

describe('a request whose function crashes', () => {
  /** @param send - sends the same request each time */
  async function repeated(
    stack: GatedStack,
    id: string,
    point: CrashPoint,
    send: () => Promise<{ status: number }>,
  ) {
    const crash = planCrash(stack, { id, refused: ['Sweep'] }, point);
    await send();
    await crash.settled();
    if (crash.isOver()) await send();
    await afterwards(stack);
    return crash;
  }

  proof('if POST /revocations of a user crashes anywhere and is repeated, its events are sent', (tally) =>
    crashEverywhere(stacks, tally, async (stack, point) => {
      const { userId } = await newPerson(stack, { live: 2 });
      keys += 1;
      const key = { 'idempotency-key': `events-${keys}` };
      const crash = await repeated(stack, 'Revoke', point, () =>
        stack.running.ask('POST', '/revocations', { userId }, key),
      );
      const losses = untold(stack, userId, 'Revocation Completed', 'Role Sessions Denied');
      await stack.tables.forget(userId);
      return { crash, losses };
    }),
  );

  proof('if POST /revocations by token crashes anywhere and is repeated, its events are sent', (tally) =>
    crashEverywhere(stacks, tally, async (stack, point) => {
      const { userId, sessions } = await newPerson(stack, { live: 1 });
      const crash = await repeated(stack, 'Revoke', point, () =>
        stack.running.post({ ...sessions[0]?.file }),
      );
      const losses = untold(stack, userId, 'Revocation Completed', 'Role Sessions Denied');
      await stack.tables.forget(userId);
      return { crash, losses };
    }),
  );

  proof(
    'if PUT /users/{userId}/sessions of a disabled user crashes anywhere, the event of the refusal is sent',
    (tally) =>
      crashEverywhere(stacks, tally, async (stack, point) => {
        const { userId, sessions } = signedIn(stack);
        const body = { ...sessions[0]?.file };
        stack.running.stack.users.disable(userId);
        const crash = await repeated(stack, 'RegisterSession', point, () =>
          stack.running.ask('PUT', `/users/${userId}/sessions`, body),
        );
        const losses = untold(stack, userId, 'Session Refused', 'Revocation Completed');
        await stack.tables.forget(userId);
        return { crash, losses };
      }),
  );
});
