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
import { ALICE, hold, someJob } from '../../support/sessions.ts';
import { losses } from './aftermath.ts';
import type { Order } from './broken-orders.ts';
import type { CrashPoint } from './crash-points.ts';
import { death, type Interruption, interruptible, interruption } from './interruptions.ts';

/** Enough for two pages. */
const SESSIONS = 27;

export const removal = someJob({ cause: 'removed' });
export const signOut = someJob();
const askedAt = Date.parse(signOut.requestedAt);
/** Longer than a crashed run's lease, and than the fence of a sign-out. */
const LATER = 60_000;

/** Sessions that can be ended and are held, and a clock that can be set forward. */
async function aWorld() {
  let elapsed = 0;
  const now = () => new Date(askedAt + elapsed);
  const pass = (millis: number) => {
    elapsed += millis;
  };
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
  const isAlive = (token: string) => signIns.userOf(token) !== undefined;
  return { world, signIns, tokens, isAlive, pass };
}

const revoke = (world: World, job = removal) => revokeUser(world, job, ampleTime(), { lastAttempt: false });
const recordOf = ({ records }: World) => records.read(removal.revocationId, ampleTime().signal);

/** What is lost of the sessions once the revocation claims to be complete. */
async function lossesIn(
  { world, tokens, isAlive }: Awaited<ReturnType<typeof aWorld>>,
  lost: string[] = [],
): Promise<string[]> {
  const { header, ...recorded } = await recordOf(world);
  return losses({
    fates: tokens.map((token) => ({
      sessionId: hashOf(token),
      wasDead: false,
      isAlive: isAlive(token),
      isAnswerLost: lost.includes(token),
    })),
    outcomes: recorded.outcomes,
    revocations: header ? [describeRevocation({ ...recorded, header }, world.clock())] : [],
    held: world.cache.sessions.map(({ sessionId }) => sessionId),
    isFenced: world.cache.fences.has(ALICE),
  });
}

export type Tried = { isReached: boolean; found: string[] };

export async function crashed(order: Order, point: CrashPoint): Promise<Tried> {
  const all = await aWorld();
  const { world, tokens, isAlive, pass } = all;
  const end = death(point);
  await Promise.race([revoke(order(interruptible(world, end))), end.whenOver]);
  // Calls that were sent in parallel with the last one still arrive: while one page is recorded, another one is logged
  // out.
  await new Promise(setImmediate);
  const { outcomes } = await recordOf(world);
  const known = new Set(outcomes.map(({ sessionId }) => sessionId));
  const lost = tokens.filter((token) => !isAlive(token) && !known.has(hashOf(token)));
  pass(LATER);
  await revoke(order(world));
  return { isReached: end.isOver, found: await lossesIn(all, lost) };
}

/** The same message is delivered while it is being processed, and once more later. */
export async function twice(order: Order, point: CrashPoint): Promise<Tried> {
  const all = await aWorld();
  const { world, pass } = all;
  const meanwhile = interruption(point, () => revoke(order(world)));
  await revoke(order(interruptible(world, meanwhile)));
  pass(LATER);
  await revoke(order(world));
  return { isReached: meanwhile.isOver, found: await lossesIn(all) };
}

/** A sign-out is carried out late, and crashes. Whoever signed in after its request must stay signed in. */
export async function bounded(order: Order, point: CrashPoint): Promise<Tried> {
  const { world, tokens, signIns, isAlive, pass } = await aWorld();
  pass(LATER);
  const { accessToken } = signIns.signIn();
  await registerSession(world, registering(world, accessToken), ampleTime());
  const end = death(point);
  await Promise.race([revoke(order(interruptible(world, end)), signOut), end.whenOver]);
  pass(LATER);
  await revoke(order(world), signOut);
  const isLeft = world.cache.sessions.some(({ sessionId }) => sessionId === hashOf(accessToken));
  return {
    isReached: end.isOver,
    found: [
      ...tokens.filter(isAlive).map((token) => `${hashOf(token)} is alive`),
      ...(isAlive(accessToken) && isLeft ? [] : ['whoever signed in later is signed out']),
    ],
  };
}

function registering(world: World, accessToken: string) {
  return {
    owner: { user: { userId: ALICE } },
    accessToken: new Secret(accessToken),
    accessTokenExpiresAt: new Date(world.clock().getTime() + 3_600_000),
    requestedBy: 'a test',
  };
}

/**
 * Somebody signs in while being revoked: one runs completely at one point of the other. A sign-out must end what was
 * registered when it was requested, a removal also what is registered later.
 */
export async function slipped(
  order: Order,
  point: CrashPoint,
  inside: 'revoking' | 'registering',
  job: typeof signOut,
): Promise<Tried> {
  const { world, signIns, isAlive, pass } = await aWorld();
  if (job === removal) pass(1_000);
  const { accessToken } = signIns.signIn();
  const procedures = {
    revoking: (its: World) => revoke(its, job),
    // That it is refused is the point of it.
    registering: (its: World) =>
      registerSession(its, registering(its, accessToken), ampleTime()).catch(asDomainError),
  };
  const outside = inside === 'revoking' ? 'registering' : 'revoking';
  const meanwhile: Interruption = interruption(point, () => procedures[outside](order(world)));
  await procedures[inside](order(interruptible(world, meanwhile)));
  if (!meanwhile.isOver) await meanwhile.act();
  const left = world.cache.sessions.map(({ sessionId }) => `${sessionId} is left in the token cache`);
  const alive = isAlive(accessToken) ? ['whoever signed in slipped through'] : [];
  return { isReached: meanwhile.isOver, found: [...left, ...alive] };
}
