import type { RoleTrusts } from '../emulators/sts/role-trusts.ts';
import { ORGANIZATION_ID } from '../ground/account.ts';
import { arnOf, type RoleSession, YOU } from '../ground/role-sessions.ts';
import type { Assembly } from '../template/assembly.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { resourcesOf } from '../template/properties.ts';
import { allows, listOf, type Request, requireUnderstood, type Statement } from './statements.ts';

/**
 * Lets STS ask the trust policies of the template's roles. What the caller's own policies allow is not looked at.
 *
 * @throws Error for a condition whose meaning here is not known, in a statement about AWS principals
 */
export function readTrustPolicies(assembly: Assembly, resolver: Resolver, trusts: RoleTrusts): void {
  for (const [id, { Properties }] of resourcesOf(assembly, 'AWS::IAM::Role')) {
    const { Statement: statements } = Object(resolver.resolve(Properties.AssumeRolePolicyDocument));
    const forCallers = (listOf(statements) as Statement[]).filter(isForCallers);
    requireUnderstood(id, forCallers, contextOf(YOU, ''));
    trusts.set(resolver.attribute(id, 'Arn'), (caller, sessionName) =>
      allows(forCallers, {
        caller: { AWS: namesOf(caller) },
        action: 'sts:AssumeRole',
        context: contextOf(caller, sessionName),
      }),
    );
  }
}

/** Whoever is not a service, nor somebody of an identity provider, calls AssumeRole. */
function isForCallers({ Principal }: Statement): boolean {
  return typeof Principal !== 'object' || Principal === null || 'AWS' in Principal;
}

function namesOf(caller: RoleSession): string[] {
  const { accountId } = caller;
  return [accountId, `arn:aws:iam::${accountId}:root`, arnOf(caller)];
}

/** All accounts here are of one organization. */
function contextOf(caller: RoleSession, sessionName: string): Request['context'] {
  return {
    'aws:principalorgid': ORGANIZATION_ID,
    'identitystore:userid': caller.userId,
    'sts:rolesessionname': sessionName,
  };
}
