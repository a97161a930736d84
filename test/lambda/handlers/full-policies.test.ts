import type { Context } from 'aws-lambda';
import { EMPTY_CHARACTERS } from '../../../lambda/domain/role-sessions/policy-draft.ts';
import { reconcile } from '../../../lambda/handlers/reconcile.ts';
import { lambdaHandler } from '../../../lambda/shell/function.ts';
import { alarmNamed, type Datapoint, publishedIn, wouldFire } from '../../support/alarms.ts';
import { fakeDenyList } from '../../support/fake-deny-list.ts';
import { fakeRecords } from '../../support/fakes.ts';
import { captureWritten } from '../../support/written.ts';

const written = captureWritten();
/** `,"…"`, with an id of 36 characters. */
const PER_USER = 39;

/** Publishes what the reconciler finds with so many users in a policy with room for ten. */
async function reconciled(users: number): Promise<Datapoint[]> {
  const list = fakeDenyList();
  for (let n = 0; n < users; n += 1) {
    const userId = `${String(n).padStart(8, '0')}-1111-4222-8333-444455556666`;
    const denial = { userId, revocationId: `user.${n}`, until: new Date('2026-02-01T00:00:00Z') };
    await list.enter(denial, new AbortController().signal);
  }
  const run = reconcile({
    clock: () => new Date('2026-01-01T00:00:00Z'),
    list,
    records: fakeRecords(),
    policies: { read: async () => '{}', write: async () => {} },
    policyIds: ['p-1'],
    policyCharacters: EMPTY_CHARACTERS + 10 * PER_USER,
    adopted: false,
    pause: async () => {},
    reconciler: { wake: async () => {} },
  });
  const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 29_000 };
  await lambdaHandler(run)({}, context as Context);
  const lines = written.objects().map((line) => JSON.stringify(line));
  return publishedIn(lines).map((point) => ({ ...point, service: 'reconcile' }));
}

test.each([
  [0, false, false],
  [8, false, false],
  [9, true, false],
  [12, true, true],
])(
  'with %i users and room for ten, the alarm on 80 percent is %j, and the one on no room is %j',
  async (users, isNearly, isFull) => {
    const found = await reconciled(users);
    expect(wouldFire(alarmNamed('DenyListNearlyFull'), found)).toBe(isNearly);
    expect(wouldFire(alarmNamed('DenyListNotDenied'), found)).toBe(isFull);
  },
);
