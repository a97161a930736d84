import { ENV, environments, readEnvironment } from '../env.ts';
import { type Caller, UNKNOWN } from './caller.ts';
import { RequestError } from './problems.ts';

/** The role that a JSON Web Token must have, in a stack whose API Gateway checks no scopes. */
export interface RequiredRole {
  /** The name of the claim that lists the roles. */
  claim: string;
  role: string;
}

/** @returns undefined if API Gateway checks the scope of each route. @throws Error if only the claim or only the role is set */
export function requiredRole(): RequiredRole | undefined {
  const { [ENV.rolesClaim]: claim, [ENV.requiredRole]: role } = readEnvironment(environments.anyRoute);
  return claim !== undefined && role !== undefined ? { claim, role } : undefined;
}

/**
 * Refuses a JSON Web Token without the role, and a caller whom no authorizer identified. A caller with IAM needs no role.
 *
 * @throws RequestError `role-missing`
 */
export function requireRole(caller: Caller, required: RequiredRole | undefined): void {
  const isByIam = caller.claims === undefined && caller !== UNKNOWN;
  if (!required || isByIam) return;
  if (valuesOf(caller.claims?.[required.claim]).includes(required.role)) return;
  throw new RequestError(
    'role-missing',
    `The token needs the role ${required.role} in its claim ${required.claim}.`,
  );
}

/** API Gateway passes an array as `[one two]`: docs/facts.md § Callers of the HTTP API. */
function valuesOf(claim: unknown): string[] {
  if (typeof claim !== 'string') return [];
  return (/^\[(.*)\]$/.exec(claim)?.[1] ?? claim).split(' ');
}
