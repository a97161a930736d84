import type { RoleTrusts } from '../emulators/sts/role-trusts.ts';
import { ORGANIZATION_ID } from '../ground/account.ts';
import { arnOf, type RoleSession, YOU } from '../ground/role-sessions.ts';
import type { Assembly } from '../template/assembly.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { resourcesOf } from '../template/properties.ts';
import { allows, listOf, type Request, requireUnderstood, type Statement } from './statements.ts';

/**
 * Reads the trust policies of the template's roles, so that STS can check them. The caller's own policies are not checked.
 *
 * @throws Error for an unknown condition in a statement about AWS principals
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

/** Whether the statement is about AWS principals. Services and users of an identity provider do not call AssumeRole here. */
function isForCallers({ Principal }: Statement): boolean {
  return typeof Principal !== 'object' || Principal === null || 'AWS' in Principal;
}

function namesOf(caller: RoleSession): string[] {
  const { accountId } = caller;
  return [accountId, `arn:aws:iam::${accountId}:root`, arnOf(caller)];
}

/** All accounts of the local run are in one organization. */
function contextOf(caller: RoleSession, sessionName: string): Request['context'] {
  return {
    'aws:principalorgid': ORGANIZATION_ID,
    'identitystore:userid': caller.userId,
    'sts:rolesessionname': sessionName,
  };
}
