import * as v from 'valibot';
import type { User } from '../domain/user.ts';
import type { Caller } from '../shell/caller.ts';
import { userId, userName } from './fields.ts';

/** Which callers are users of IAM Identity Center, in addition to the role sessions that it issues itself. */
export interface PersonSettings {
  /** The name of the role that users assume from other accounts. The session name is the user id. */
  registrarRole?: string | undefined;
  /** The claim of a JSON Web Token that holds the user name. */
  userNameClaim?: string | undefined;
}

/**
 * The role of a permission set. Its trust policy only trusts Identity Center's own identity provider, which uses the user name as
 * the session name: docs/facts.md § Callers of the HTTP API.
 */
const PERMISSION_SET_ROLE = /^AWSReservedSSO_[\w+=,.@-]+_[0-9a-f]{16}$/;

/** The user who calls; undefined if the caller is not a user of Identity Center. */
export function personOf(
  { roleSession, claims }: Caller,
  { registrarRole, userNameClaim }: PersonSettings,
): User | undefined {
  if (roleSession && PERMISSION_SET_ROLE.test(roleSession.role)) return named(roleSession.session);
  if (roleSession && roleSession.role === registrarRole) {
    const id = v.safeParse(userId, roleSession.session);
    return id.success ? { userId: id.output } : undefined;
  }
  return userNameClaim === undefined ? undefined : named(claims?.[userNameClaim]);
}

function named(value: unknown): User | undefined {
  const name = v.safeParse(userName, value);
  return name.success ? { userName: name.output } : undefined;
}
