import {
  type AccountAssignmentOperationStatus,
  CreateAccountAssignmentCommand,
  DeleteAccountAssignmentCommand,
  DescribeAccountAssignmentCreationStatusCommand,
  DescribeAccountAssignmentDeletionStatusCommand,
  type SSOAdminClient,
} from '@aws-sdk/client-sso-admin';
import type { Grant } from '../../domain/access.ts';
import { DomainError, type Failure } from '../../domain/errors.ts';
import { within } from '../clients.ts';
import { UNREADABLE } from '../failure.ts';
import { asked } from './assignments.ts';

/** Where assignments are changed. */
export interface AssignmentCenter {
  ssoAdmin: SSOAdminClient;
  instanceArn: string;
  /** Waits between two status requests for a change. Rejects when the signal fires. */
  pause: (millis: number, signal: AbortSignal) => Promise<unknown>;
}

type AssignmentGrant = Extract<Grant, { kind: 'assignment' }>;
type Change<T> = (userId: string, grant: AssignmentGrant, signal: AbortSignal) => Promise<T>;

/** Deletes assignments. It throws the errors of the port `AccessRemover`. */
export function assignmentRemover(
  center: AssignmentCenter,
): Change<'removed' | 'under-way' | { left: 'refused' }> {
  const { ssoAdmin, instanceArn: InstanceArn } = center;
  return async (userId, grant, signal) => {
    const command = new DeleteAccountAssignmentCommand(requestOf(center, userId, grant));
    const begun = await beginning(() => within(signal, (options) => ssoAdmin.send(command, options)));
    if (begun === 'refused') return { left: 'refused' };
    if (begun === 'missing') return 'removed';
    if (begun === 'conflict') return 'under-way';
    const statusOf = async (AccountAssignmentDeletionRequestId: string) => {
      const input = { InstanceArn, AccountAssignmentDeletionRequestId };
      const look = new DescribeAccountAssignmentDeletionStatusCommand(input);
      const answer = await looked(() => within(signal, (options) => ssoAdmin.send(look, options)));
      return answer.AccountAssignmentDeletionStatus;
    };
    const isThrough = await through(center, begun.AccountAssignmentDeletionStatus, statusOf, signal);
    return isThrough ? 'removed' : 'under-way';
  };
}

/** Creates assignments. It throws the errors of the port `AccessGiver`. */
export function assignmentGiver(center: AssignmentCenter): Change<'given' | 'under-way'> {
  const { ssoAdmin, instanceArn: InstanceArn } = center;
  return async (userId, grant, signal) => {
    const command = new CreateAccountAssignmentCommand(requestOf(center, userId, grant));
    const begun = await beginning(() => within(signal, (options) => ssoAdmin.send(command, options)));
    if (begun === 'refused' || begun === 'missing') throw notAssigned(begun);
    if (begun === 'conflict') return 'under-way';
    const statusOf = async (AccountAssignmentCreationRequestId: string) => {
      const input = { InstanceArn, AccountAssignmentCreationRequestId };
      const look = new DescribeAccountAssignmentCreationStatusCommand(input);
      const answer = await looked(() => within(signal, (options) => ssoAdmin.send(look, options)));
      return answer.AccountAssignmentCreationStatus;
    };
    const isThrough = await through(center, begun.AccountAssignmentCreationStatus, statusOf, signal);
    return isThrough ? 'given' : 'under-way';
  };
}

function requestOf(
  { instanceArn }: AssignmentCenter,
  userId: string,
  { accountId, permissionSetArn }: AssignmentGrant,
) {
  return {
    InstanceArn: instanceArn,
    TargetId: accountId,
    TargetType: 'AWS_ACCOUNT' as const,
    PermissionSetArn: permissionSetArn,
    PrincipalType: 'USER' as const,
    PrincipalId: userId,
  };
}

/**
 * @returns `conflict` while another change of the same assignment is in progress. `missing` if the assignment, the account or
 * the permission set does not exist. `refused` if Identity Center refuses the change, such as in the management account for a
 * delegated administrator
 */
async function beginning<T>(call: () => Promise<T>): Promise<T | 'conflict' | 'missing' | 'refused'> {
  try {
    return await asked(call);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.cause?.name === 'ConflictException') return 'conflict';
    if (error.cause?.name === 'ResourceNotFoundException') return 'missing';
    if (error.code === 'assignments-refused') return 'refused';
    throw error;
  }
}

/**
 * Asks for the status of a change. If this request is refused, the change may still be carried out.
 *
 * @throws DomainError `assignments-unavailable`
 */
async function looked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await asked(call);
  } catch (error) {
    throw unknownEnd(error instanceof DomainError ? error.cause : undefined);
  }
}

/** Milliseconds between status requests. Most changes end within seconds. If one takes longer, the message is retried. */
const LOOKS = [250, 500, 1_000, 1_500, 2_000];

/**
 * @returns false while the change is in progress
 * @throws DomainError `assignments-unavailable` if the change failed, or its status is not known: a retry may succeed
 */
async function through(
  { pause }: AssignmentCenter,
  begun: AccountAssignmentOperationStatus | undefined,
  statusOf: (requestId: string) => Promise<AccountAssignmentOperationStatus | undefined>,
  signal: AbortSignal,
): Promise<boolean> {
  let status = begun;
  for (const millis of LOOKS) {
    if (status?.Status !== 'IN_PROGRESS') break;
    if (!begun?.RequestId) throw unknownEnd(UNREADABLE);
    const isTime = await pause(millis, signal).then(
      () => true,
      () => false,
    );
    // The change continues without this invocation.
    if (!isTime) return false;
    status = await statusOf(begun.RequestId);
  }
  if (status?.Status === 'SUCCEEDED') return true;
  if (status?.Status === 'IN_PROGRESS') return false;
  throw status?.Status === 'FAILED' ? failed() : unknownEnd(UNREADABLE);
}

function failed(): DomainError {
  return new DomainError(
    'assignments-unavailable',
    'Identity Center did not carry out the change. It is tried again.',
    { name: 'AccountAssignmentFailed' },
  );
}

function unknownEnd(failure: Failure | undefined): DomainError {
  return new DomainError(
    'assignments-unavailable',
    'Identity Center does not say how the change goes. It is tried again.',
    failure,
  );
}

function notAssigned(why: 'refused' | 'missing'): DomainError {
  return new DomainError(
    'assignments-refused',
    why === 'missing'
      ? 'The permission set or the account does not exist any more. Assign another one by hand.'
      : 'Identity Center refuses to create the assignment: check what the role may do, or assign by hand.',
    { name: why === 'missing' ? 'ResourceNotFoundException' : 'AccessDeniedException' },
  );
}
