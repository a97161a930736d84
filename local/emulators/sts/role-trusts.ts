import type { RoleSession } from '../../ground/role-sessions.ts';

/** Whether a role's trust policy lets the caller begin a session of that name. */
export type Trusts = (caller: RoleSession, sessionName: string) => boolean;

/** What the trust policies of roles say, by the ARN of the role. */
export type RoleTrusts = Map<string, Trusts>;
