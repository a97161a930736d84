import * as v from 'valibot';
import { MAX_REASON_LENGTH } from '../../revocation.ts';
import { type Malformed, type Removal, revoke } from './decision.ts';
import { AnyObject, type Envelope } from './envelope.ts';
import { UserId, UserName } from './user-reference.ts';

const absent = v.optional(v.null());
const OnlyUser = v.union([
  v.pipe(
    v.object({ userId: UserId, userName: absent }),
    v.transform(({ userId }) => ({ userId })),
  ),
  v.pipe(
    v.object({ userName: UserName, userId: absent }),
    v.transform(({ userName }) => ({ userName })),
  ),
]);

/** A bad reason must not lose the removal: a text that is too long is cut, and anything else is left out. */
const Reason = v.fallback(
  v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text.slice(0, MAX_REASON_LENGTH).toWellFormed()),
    ),
  ),
  undefined,
);

/** A removal without a valid user is malformed, and not ignored: only its sender can correct it, so somebody must notice. */
export function byOffboarding({ id, detail }: Envelope): Removal | Malformed {
  const { success, output: user } = v.safeParse(OnlyUser, detail);
  if (!success) {
    return {
      kind: 'malformed',
      why: 'User Removed must name one user, by a well-formed userId or userName.',
    };
  }
  const removal = revoke(id, user, 'User Removed, sent by the offboarding process', 'removed');
  const reason = v.parse(Reason, v.parse(AnyObject, detail).reason);
  return { ...removal, isOwn: true, ...(reason !== undefined && { reason }) };
}
