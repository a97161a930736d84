import { isAccessRemoved, rolesEndAt } from '../access.ts';
import { announce } from '../announce.ts';
import type { NoticeQueue, Reconciler } from '../ports.ts';
import type { RevocationHeader } from '../revocation.ts';
import type { DenyList } from '../stores.ts';

export interface AccessOverDeps {
  /** Undefined if the stack does not deny role sessions. */
  denying: { list: Pick<DenyList, 'shorten'>; reconciler: Reconciler } | undefined;
  /** Absent if the stack sends no events. */
  notices?: NoticeQueue | undefined;
}

/** The last steps, once no grant is left to remove. They are repeated after a crash. */
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
 * One hour after the last grant was removed, the user can obtain no role session. So this removal's denial may end
 * one longest role session later.
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
