import { ENV, environments, readEnvironment } from '../env.ts';
import { type Caller, UNKNOWN } from './caller.ts';
import { RequestError } from './problems.ts';

/** What a JSON Web Token has to hold, where the stack has API Gateway check no scopes. */
export interface RequiredRole {
  /** Name of the claim. */
  claim: string;
  role: string;
}

/** @returns undefined where API Gateway checks the scope of each route. @throws Error where half of it is configured */
export function requiredRole(): RequiredRole | undefined {
  const { [ENV.rolesClaim]: claim, [ENV.requiredRole]: role } = readEnvironment(environments.anyRoute);
  return claim !== undefined && role !== undefined ? { claim, role } : undefined;
}

/**
 * Refuses a JSON Web Token without the role, and a caller for whom nobody vouches. Whom IAM has let in needs no role.
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

/** API Gateway gives an array as `[one two]`: docs/facts.md § Callers of the HTTP API. */
function valuesOf(claim: unknown): string[] {
  if (typeof claim !== 'string') return [];
  return (/^\[(.*)\]$/.exec(claim)?.[1] ?? claim).split(' ');
}
