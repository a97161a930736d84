import * as v from 'valibot';
import {
  ACCESS_STATUSES,
  type Access,
  type AccessItem,
  grantKey,
  ITEM_STATES,
  LEFT_REASONS,
} from '../../domain/access.ts';
import { Instant } from '../row-values.ts';

/** Sort keys of the grants that a removal found, in the revocations table. */
export const ACCESS_PREFIX = 'ACCESS#';

const Counts = v.object({ removed: v.number(), left: v.number() });

export const AccessMap = v.object({
  status: v.picklist(ACCESS_STATUSES),
  takenAt: v.exactOptional(Instant),
  assignments: Counts,
  memberships: Counts,
});

const state = {
  state: v.picklist(ITEM_STATES),
  at: Instant,
  why: v.exactOptional(v.picklist(LEFT_REASONS)),
};

const ItemRow = v.variant('kind', [
  v.object({ kind: v.literal('assignment'), accountId: v.string(), permissionSetArn: v.string(), ...state }),
  v.object({ kind: v.literal('membership'), groupId: v.string(), membershipId: v.string(), ...state }),
]);

export function accessRow({ takenAt, ...access }: Access) {
  return { ...access, ...(takenAt && { takenAt: takenAt.toISOString() }) };
}

/** The row has no `userId`, so that the index by user does not contain it. */
export function accessItemRow(revocationId: string, { grant, at, ...rest }: AccessItem) {
  return {
    revocationId,
    entry: `${ACCESS_PREFIX}${grantKey(grant)}`,
    ...grant,
    ...rest,
    at: at.toISOString(),
  };
}

export function toAccessItem(row: Record<string, unknown>): AccessItem {
  const { state, at, why, ...grant } = v.parse(ItemRow, row);
  return { grant, state, at, ...(why && { why }) };
}
