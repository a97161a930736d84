import { EVERYONE } from '../../../lambda/domain/denial.ts';
import { derivedId } from '../../../lambda/domain/ids.ts';
import type { Model } from './model.ts';
import type { Act, Real } from './model-commands.ts';
import { isCompleted, type Rows } from './system-claims.ts';
import { CALLER } from './system-people.ts';

/** The lease of an abandoned invocation blocks others from the sessions of its user for so long. */
const LEASE_MILLIS = 31_000;

export function ofUser(who: number, key: string | undefined): Act {
  return async (model, real) => {
    const userId = real.userIds[who] ?? '';
    const times = timesOf(real, key);
    const { status, body } = await real.system.ask('revoke', { body: { userId }, headers: keyed(key) });
    if (status === 0) return abandoned(model, await real.rows(), userId, key);
    const { revocationId } = body;
    const at = Date.parse(body.requestedAt);
    const mayBeBusy = Date.now() - real.abandonedAt <= LEASE_MILLIS || model.isOpen(revocationId);
    if (status !== 200 && !(status === 202 && mayBeBusy)) throw new Error(`Answered with ${status}.`);
    model.asked({ revocationId, userId, at, word: 'sign-out' });
    if (!times.includes(at) || model.askedAt(revocationId) !== at)
      throw new Error(`Asked for at ${body.requestedAt}.`);
    model.ran(revocationId, status === 200);
  };
}

/** @param excepted - the numbers of people who are excepted */
export function ofEveryone(key: string | undefined, excepted: number[] = []): Act {
  return async (model, real) => {
    const times = timesOf(real, key);
    const except = excepted.map((who) => real.userIds[who] ?? '');
    const { status, body } = await real.system.ask('everyone', {
      body: { reason: 'drill', except },
      headers: keyed(key),
    });
    const denied = { userId: EVERYONE, word: 'sign-out' } as const;
    if (status === 0) {
      // It may have entered its denial, under an id that nobody has seen.
      const revocationId = `abandoned at ${Date.now()}`;
      return model.denials.deny({ ...denied, revocationId, at: Date.now() }, 'older', false);
    }
    const at = Date.parse(body.requestedAt);
    model.asked({ ...denied, revocationId: body.revocationId, at });
    model.denials.deny({ ...denied, revocationId: body.revocationId, at }, 'older', status === 202);
    if (status > 202 || !times.includes(at) || model.askedAt(body.revocationId) !== at)
      throw new Error(`Answered with ${status}, asked for at ${body.requestedAt}.`);
  };
}

const keyed = (key: string | undefined) => (key === undefined ? {} : { 'idempotency-key': key });

/** @returns the possible times of this request: a repetition counts from when it was sent first */
function timesOf({ keys }: Real, key: string | undefined): number[] {
  const times = [...(keys.get(key ?? '') ?? []), Date.now()];
  if (key !== undefined) keys.set(key, times);
  return times;
}

/** Tells the model what an abandoned call has begun. */
function abandoned(model: Model, rows: Rows, userId: string, key: string | undefined): void {
  const claimed = rows.records.find((row) => row.revocationId === keyIdOf(key))?.claimedRevocationId;
  for (const { revocationId, at } of begunBy(rows, userId, key)) {
    const isOwn = model.askedAt(revocationId) === undefined || revocationId === claimed;
    if (!isOwn) continue;
    model.asked({ revocationId, userId, at, word: 'sign-out' });
    model.ran(revocationId, isCompleted(rows, revocationId));
  }
}

function keyIdOf(key: string | undefined): string {
  return key === undefined ? '' : derivedId('key', CALLER.owner, key);
}

/** Revocations of the user that are recorded, claimed by the key, noted, or on the deny list, with their times. */
function begunBy(
  { records, cache, denyList }: Rows,
  userId: string,
  key: string | undefined,
): { revocationId: string; at: number }[] {
  const own = (row: Rows['cache'][number]) => row.userId === userId;
  return [
    ...records.filter(own).map(({ revocationId, requestedAt }) => [revocationId, requestedAt]),
    ...records
      .filter(({ revocationId }) => revocationId === keyIdOf(key))
      .map(({ claimedRevocationId, claimedAt }) => [claimedRevocationId, claimedAt]),
    ...cache
      .filter(({ job }) => String(job).includes(userId))
      .map(({ sessionId, job }) => [sessionId, JSON.parse(String(job)).requestedAt]),
    ...denyList.filter(own).map(({ revocationId, askedAt }) => [revocationId, askedAt]),
  ]
    .filter(([id]) => String(id).startsWith('user.'))
    .map(([id, at]) => ({ revocationId: String(id), at: Date.parse(String(at)) }));
}
