import * as v from 'valibot';
import type { User } from '../domain/user.ts';
import type { Caller } from '../shell/caller.ts';
import { userId, userName } from './fields.ts';

/** Which callers are people of IAM Identity Center, besides the role sessions that it hands out itself. */
export interface PersonSettings {
  /** Name of the role that people of other accounts assume; its session is named after their user id. */
  registrarRole?: string | undefined;
  /** The claim of a JSON Web Token that holds the user name. */
  userNameClaim?: string | undefined;
}

/**
 * A role of a permission set. Its trust policy lets in nobody but Identity Center's own identity provider, which names the
 * session after the user: docs/facts.md § Callers of the HTTP API.
 */
const PERMISSION_SET_ROLE = /^AWSReservedSSO_[\w+=,.@-]+_[0-9a-f]{16}$/;

/** The person who calls; undefined for callers that are nobody in Identity Center. */
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
