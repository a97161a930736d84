import {
  type AccountAssignmentForPrincipal,
  InternalServerException,
  ListAccountAssignmentsForPrincipalCommand,
  type SSOAdminClient,
  SSOAdminServiceException,
  ThrottlingException,
} from '@aws-sdk/client-sso-admin';
import { DomainError, type Failure } from '../../domain/errors.ts';
import type { Assignment, AssignmentReader } from '../../domain/ports.ts';
import { within } from '../clients.ts';
import { failureOf, UNREADABLE } from '../failure.ts';

/** The account assignments of one Identity Center instance. */
export function ssoAdminAssignments(client: SSOAdminClient, instanceArn: string): AssignmentReader {
  return {
    async ofUser(userId, signal, accountId) {
      const all: Assignment[] = [];
      let NextToken: string | undefined;
      do {
        const command = new ListAccountAssignmentsForPrincipalCommand({
          InstanceArn: instanceArn,
          PrincipalId: userId,
          PrincipalType: 'USER',
          // A page has 100 at the most: docs/facts.md § Ending assignments.
          MaxResults: 100,
          ...(accountId !== undefined && { Filter: { AccountId: accountId } }),
          ...(NextToken !== undefined && { NextToken }),
        });
        const page = await asked(() => within(signal, (options) => client.send(command, options)));
        // An empty answer must not pass for a user without assignments.
        if (page.AccountAssignments === undefined) throw unreadable();
        all.push(...page.AccountAssignments.map(assignmentOf));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return all;
    },
  };
}

/** An answer that lacks a required field, or has a value that this version does not know. */
export function unreadable(): DomainError {
  return unavailable(UNREADABLE);
}

/** @throws DomainError `assignments-unavailable` if a field is missing, or has a value that this version does not know */
function assignmentOf({
  AccountId: accountId,
  PermissionSetArn: permissionSetArn,
  PrincipalId: id,
  PrincipalType,
}: AccountAssignmentForPrincipal): Assignment {
  const kind = PrincipalType === 'USER' ? 'user' : PrincipalType === 'GROUP' ? 'group' : undefined;
  if (!accountId || !permissionSetArn || !id || !kind) throw unreadable();
  return { accountId, permissionSetArn, principal: { kind, id } };
}

/**
 * Calls the administration API of Identity Center.
 *
 * @throws DomainError `assignments-unavailable`: it may pass. `assignments-refused`: not without a person
 */
export async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw mayPass(error) ? unavailable(failureOf(error)) : refused(failureOf(error));
  }
}

/** Whether a retry may succeed. It may after a timeout, which is no answer of the service, or while KMS throttles a key. */
function mayPass(error: unknown): boolean {
  if (error instanceof ThrottlingException || error instanceof InternalServerException) return true;
  return !(error instanceof SSOAdminServiceException) || error.$fault === 'server' || !KNOWN.has(error.name);
}

/** Answers that stay as they are until somebody changes a permission or a setting. */
const KNOWN = new Set(['AccessDeniedException', 'ResourceNotFoundException', 'ValidationException']);

function unavailable(failure: Failure): DomainError {
  return new DomainError(
    'assignments-unavailable',
    'The account assignments cannot be asked for. Send the same request again.',
    failure,
  );
}

function refused(failure: Failure): DomainError {
  return new DomainError(
    'assignments-refused',
    'Identity Center refuses to list or change account assignments: check the instance, and what the role may do.',
    failure,
  );
}
