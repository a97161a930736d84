import { isDeepStrictEqual } from 'node:util';
import { apiCallEvent, STORE } from '../../support/events.ts';
import { proof } from '../../support/proof.ts';
import {
  type Company,
  everythingOf,
  grantsFrom,
  type Has,
  keysFrom,
  keysOf,
  newCompany,
  revocationOf,
  sentenceOf,
  somebody,
  told,
} from './access-people.ts';
import { type Attempt, type CrashPoint, crashEverywhere, planCrash } from './crash-points.ts';
import { type GatedStack, startGatedStack } from './gated-stack.ts';

/** The attempts mostly wait before they check a change again, so several stacks at once save time. */
const STACKS = 3;

const stacks: GatedStack[] = [];
const companies = new Map<GatedStack, Company>();

beforeAll(async () => {
  // Started one after the other: Lambda gives all functions of a stack ten seconds to start, which is too short for
  // three stacks at once on a slow computer.
  while (stacks.length < STACKS) stacks.push(await startGatedStack());
  for (const stack of stacks) companies.set(stack, newCompany(stack));
}, 90_000);
afterAll(() => Promise.all(stacks.map((stack) => stack.close())), 60_000);

function companyOf(stack: GatedStack): Company {
  const company = companies.get(stack);
  if (!company) throw new Error('This stack has no company.');
  return company;
}

const unlike = (what: string, found: unknown, expected: unknown): string[] =>
  isDeepStrictEqual(found, expected)
    ? []
    : [`${what} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`];

/**
 * Disables a user, crashes a function meanwhile, and returns its message. Compares what the user has left, and what the
 * record says.
 */
async function removed(
  stack: GatedStack,
  id: 'Worker' | 'RemoveAccess',
  point: CrashPoint,
  has: (company: Company) => { goes: Has; stays: Has },
): Promise<Attempt> {
  const company = companyOf(stack);
  const { running, tables, pass } = stack;
  const { goes, stays } = has(company);
  const others = company.others();
  pass(600_000);
  const userId = somebody(company, {
    accounts: goes.accounts ?? [],
    groups: [...(goes.groups ?? []), ...(stays.groups ?? [])],
  });
  const crash = planCrash(stack, { id, refused: ['Sweep'], makesUnsignedCalls: false }, point);
  running.stack.users.disable(userId);
  await running.putEvents(apiCallEvent('sso-directory', 'DisableUser', { identityStoreId: STORE, userId }));
  await stack.worked(crash.isOver);
  await crash.settled();
  if (crash.isOver() && id === 'RemoveAccess') await tables.endRuns();
  if (crash.isOver()) await stack.redelivered();
  await stack.worked();
  await stack.reconciled();
  const [revocation, ...more] = await revocationOf(stack, userId);
  const denials = await tables.denials(userId);
  const state = grantsFrom(goes).map((grant) => sentenceOf({ grant, state: 'REMOVED' }));
  const left = grantsFrom(stays).map((grant) => sentenceOf({ grant, state: 'LEFT', why: 'external-group' }));
  const isAll = left.length === 0;
  const { access, roleSessions } = revocation ?? {};
  const losses = [
    ...unlike('what is left', keysOf(stack, userId), keysFrom(stays)),
    ...unlike('what others have', company.others(), others),
    ...unlike('the record', await told(stack, revocation?.revocationId ?? ''), [...state, ...left].sort()),
    ...unlike('access', access, {
      status: isAll ? 'COMPLETED' : 'INCOMPLETE',
      assignments: { left: 0, removed: goes.accounts?.length ?? 0 },
      memberships: { left: left.length, removed: goes.groups?.length ?? 0 },
    }),
    ...unlike('the number of revocations', more.length, 0),
    // Otherwise the denial would last hours longer than the record says.
    ...unlike(
      'the end of the denial',
      denials.map(({ until }) => until.toISOString()),
      isAll ? [roleSessions?.mayContinueUntil] : [roleSessions?.deniedUntil],
    ),
  ];
  await tables.forget(userId);
  return { crash, losses };
}

proof(
  'if RemoveAccess crashes anywhere, its redelivered message removes all access that can be removed, and records the rest',
  (tally) =>
    crashEverywhere(stacks, tally, (stack, point) =>
      removed(stack, 'RemoveAccess', point, (company) => {
        const { accounts } = everythingOf(company);
        return { goes: { accounts, groups: [company.ownGroup] }, stays: { groups: [company.externalGroup] } };
      }),
    ),
);

proof('if RemoveAccess crashes anywhere and no access is left, the denial is still shortened', (tally) =>
  crashEverywhere(stacks, tally, (stack, point) =>
    removed(stack, 'RemoveAccess', point, ({ ownGroup }) => ({ goes: { groups: [ownGroup] }, stays: {} })),
  ),
);

proof('if a worker crashes anywhere in a removal, access is still removed', (tally) =>
  crashEverywhere(stacks, tally, (stack, point) =>
    removed(stack, 'Worker', point, ({ ownGroup }) => ({ goes: { groups: [ownGroup] }, stays: {} })),
  ),
);

proof(
  'if POST /revocations/{id}/restore-access crashes anywhere, repeating it restores the access',
  (tally) =>
    crashEverywhere(stacks, tally, async (stack, point) => {
      const company = companyOf(stack);
      const { running, tables } = stack;
      const goes = { ...everythingOf(company), groups: [company.ownGroup] };
      const stays = { groups: [company.externalGroup] };
      const others = company.others();
      const userId = somebody(company, stays);
      const revocationId = `user.${userId.replaceAll('-', '').padEnd(43, 'r')}`;
      const gone = grantsFrom(goes).map((grant) => ({ grant, state: 'REMOVED' as const }));
      const left = grantsFrom(stays).map((grant) => ({
        grant,
        state: 'LEFT' as const,
        why: 'external-group' as const,
      }));
      await tables.takenAway(userId, revocationId, [...gone, ...left]);
      const crash = planCrash(
        stack,
        { id: 'RestoreAccess', refused: ['Sweep'], makesUnsignedCalls: false },
        point,
      );
      const send = async () =>
        (await running.ask('POST', `/revocations/${revocationId}/restore-access`)).status;
      const first = await send();
      await crash.settled();
      const answers = unlike('the first answer', first, crash.isOver() ? 500 : 200);
      if (crash.isOver()) {
        // Repeated at once: the crashed run's lease keeps others out until it ends.
        const busy = await send();
        await tables.endRuns();
        if (busy !== 409) answers.push(...unlike('the repetition', busy, 200));
        answers.push(...unlike('the last answer', await send(), 200));
      }
      const [revocation] = await revocationOf(stack, userId);
      return {
        crash,
        losses: [
          ...answers,
          ...unlike('what is there', keysOf(stack, userId), keysFrom(everythingOf(company))),
          ...unlike('what others have', company.others(), others),
          ...unlike(
            'the record',
            await told(stack, revocationId),
            [
              ...gone.map((item) => sentenceOf({ ...item, state: 'RESTORED' })),
              ...left.map(sentenceOf),
            ].sort(),
          ),
          ...unlike('the status', revocation?.access?.status, 'RESTORED'),
        ],
      };
    }),
);
