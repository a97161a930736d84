import type { RoleSession } from '../../ground/role-sessions.ts';

/** Whether a role's trust policy lets the caller begin a session with this name. */
export type Trusts = (caller: RoleSession, sessionName: string) => boolean;

/** The trust policies of roles, by the ARN of the role. */
export type RoleTrusts = Map<string, Trusts>;
