import { asDomainError } from '../../../lambda/domain/errors.ts';
import { describeRevocation } from '../../../lambda/domain/record/describe-revocation.ts';
import { registerSession } from '../../../lambda/domain/register/register-session.ts';
import { revokeUser } from '../../../lambda/domain/revoke/revoke-user.ts';
import { Secret } from '../../../lambda/domain/secret.ts';
import { createSignIns } from '../../../local/emulators/sign-in/sign-ins.ts';
import { hashOf } from '../../../local/ground/token-hash.ts';
import {
  accepted,
  alreadyInvalid,
  ampleTime,
  fakeDirectory,
  fakeWorld,
  loggedOut,
  type World,
} from '../../support/fakes.ts';
import { proof, type Tally } from '../../support/proof.ts';
import { ALICE, hold, someJob } from '../../support/sessions.ts';
import { losses } from './aftermath.ts';
import { brokenFences, brokenOrders, type Order, rightOrder } from './broken-orders.ts';
import type { CrashPoint } from './crash-points.ts';
import { death, type Interruption, interruptible, interruption } from './interruptions.ts';

// The explorations of crash.test.ts, with the same judge, in this process and on orders that are known to be wrong: what
// does not find these would not find others.

/** Two pages of them. */
const SESSIONS = 27;

const job = someJob();
/** While the job's fence stands. */
const now = () => new Date(Date.parse(job.requestedAt) + 1_000);

/** Sessions that can be ended, and are held. */
async function aWorld() {
  const signIns = createSignIns(() => now().getTime());
  const tokens = Array.from({ length: SESSIONS }, () => signIns.signIn().accessToken);
  const world: World = {
    ...fakeWorld(),
    clock: now,
    directory: fakeDirectory({ [ALICE]: 'enabled' }),
    portal: {
      accepts: async () => accepted,
      logout: async (token) => (signIns.logout(token.reveal()) ? loggedOut : alreadyInvalid),
    },
  };
  await hold(world, ALICE, ...tokens);
  return { world, signIns, tokens };
}

const revoke = (world: World) => revokeUser(world, job, ampleTime(), { lastAttempt: false });
const recordOf = ({ records }: World) => records.read(job.revocationId, ampleTime().signal);

async function crashed(order: Order, point: CrashPoint): Promise<{ isReached: boolean; found: string[] }> {
  const { world, signIns, tokens } = await aWorld();
  const end = death(point);
  await Promise.race([revoke(order(interruptible(world, end))), end.whenOver]);
  const { outcomes } = await recordOf(world);
  const known = new Set(outcomes.map(({ sessionId }) => sessionId));
  const isAlive = (token: string) => signIns.userOf(token) !== undefined;
  const lost = tokens.filter((token) => !isAlive(token) && !known.has(hashOf(token)));
  await revoke(order(world));
  const { header, ...recorded } = await recordOf(world);
  const found = losses({
    fates: tokens.map((token) => ({
      sessionId: hashOf(token),
      wasDead: false,
      isAlive: isAlive(token),
      isAnswerLost: lost.includes(token),
    })),
    outcomes: recorded.outcomes,
    revocations: header ? [describeRevocation({ ...recorded, header }, now())] : [],
    held: world.cache.sessions.map(({ sessionId }) => sessionId),
    isFenced: world.cache.fences.has(ALICE),
  });
  return { isReached: end.isOver, found };
}

/** Somebody signs in while being revoked: all of one at one point of the other. */
async function slipped(order: Order, point: CrashPoint, inside: 'revoking' | 'registering') {
  const { world, signIns } = await aWorld();
  const { accessToken } = signIns.signIn();
  const session = {
    owner: { user: { userId: ALICE } },
    accessToken: new Secret(accessToken),
    accessTokenExpiresAt: new Date(now().getTime() + 3_600_000),
    requestedBy: 'a test',
  };
  const procedures = {
    revoking: revoke,
    // That it is refused is the point of it.
    registering: (its: World) => registerSession(its, session, ampleTime()).catch(asDomainError),
  };
  const outside = inside === 'revoking' ? 'registering' : 'revoking';
  const meanwhile: Interruption = interruption(point, () => procedures[outside](order(world)));
  await procedures[inside](order(interruptible(world, meanwhile)));
  if (!meanwhile.isOver) await meanwhile.act();
  const left = world.cache.sessions.map(({ sessionId }) => `${sessionId} is left in the token cache`);
  const alive = signIns.userOf(accessToken) === undefined ? [] : ['whoever signed in slipped through'];
  return { isReached: meanwhile.isOver, found: [...left, ...alive] };
}

/** Tries every point; the number of those at which something was lost. */
async function explore(
  tally: Tally,
  attempt: (point: CrashPoint) => Promise<{ isReached: boolean; found: string[] }>,
): Promise<number> {
  let wrong = 0;
  for (let call = 1; ; call += 1) {
    const [before, after] = [await attempt({ call, side: 'before' }), await attempt({ call, side: 'after' })];
    tally.tried += Number(before.isReached) + Number(after.isReached);
    wrong += Number(before.found.length > 0) + Number(after.found.length > 0);
    if (!before.isReached && !after.isReached) return wrong;
  }
}

proof('The order as it is: a crash anywhere in this process loses nothing', async (tally) => {
  tally.lost = await explore(tally, (point) => crashed(rightOrder, point));
});

proof('The fence as it is: whoever signs in at whatever moment does not slip through', async (tally) => {
  for (const inside of ['revoking', 'registering'] as const)
    tally.lost += await explore(tally, (point) => slipped(rightOrder, point, inside));
});

/** Here `lost` counts the broken orders that nobody would notice. */
proof('Orders broken on purpose: a crash gives each of them away', async (tally) => {
  for (const [name, order] of Object.entries(brokenOrders)) {
    const found = await explore(tally, (point) => crashed(order, point));
    tally.lost += Number(found === 0);
    expect({ name, isNoticed: found > 0 }).toEqual({ name, isNoticed: true });
  }
});

proof('Fences broken on purpose: a sign-in gives each of them away', async (tally) => {
  for (const [name, order] of Object.entries(brokenFences)) {
    const inRevoking = await explore(tally, (point) => slipped(order, point, 'revoking'));
    const inRegistering = await explore(tally, (point) => slipped(order, point, 'registering'));
    tally.lost += Number(inRevoking + inRegistering === 0);
    expect({ name, isNoticed: inRevoking + inRegistering > 0 }).toEqual({ name, isNoticed: true });
  }
});
