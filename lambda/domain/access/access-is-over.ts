import { isAccessRemoved, rolesEndAt } from '../access.ts';
import { announce } from '../announce.ts';
import type { NoticeQueue, Reconciler } from '../ports.ts';
import type { RevocationHeader } from '../revocation.ts';
import type { DenyList } from '../stores.ts';

export interface AccessOverDeps {
  /** Absent where the stack does not deny role sessions. */
  denying: { list: Pick<DenyList, 'shorten'>; reconciler: Reconciler } | undefined;
  /** Absent where the stack sends no events. */
  notices?: NoticeQueue | undefined;
}

/** What follows when nothing is left to do, and is done again if a crash came between. */
export async function accessIsOver(
  deps: AccessOverDeps,
  header: RevocationHeader,
  userId: string,
  signal: AbortSignal,
): Promise<void> {
  const { revocationId, access } = header;
  if (access && isAccessRemoved(access))
    await announce(deps.notices, revocationId, ['Access Removed'], signal);
  await endDenialSooner(deps, header, userId, signal);
}

/**
 * Nothing can be obtained any more an hour after the last of it was taken away, so the denial of this removal may end the
 * longest role session after that.
 */
async function endDenialSooner(
  { denying }: AccessOverDeps,
  { revocationId, access, maxRoleSessionSeconds }: RevocationHeader,
  userId: string,
  signal: AbortSignal,
): Promise<void> {
  if (!denying || !access?.takenAt) return;
  const until = rolesEndAt(access.takenAt, maxRoleSessionSeconds);
  await Promise.all([
    denying.list.shorten({ userId, revocationId, until }, signal),
    denying.reconciler.wake(signal),
  ]);
}
