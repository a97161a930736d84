import { pageOf } from '../ground/pages.ts';
import { type Handler, type Input, type JsonService, requireText, ServiceError } from '../ground/service.ts';
import type { Groups } from '../identity-store/groups.ts';
import { type Assignment, keyOf } from './assignment.ts';
import type { Assignments } from './assignments.ts';
import type { Change, ChangeKind } from './changes.ts';
import { requireAssignment, requireId, requireInstance, requirePermissionSet } from './inputs.ts';

/**
 * Emulates the administration of IAM Identity Center for account assignments. As in AWS, a deleted user keeps their assignments:
 * docs/facts.md § Ending assignments.
 */
export function ssoAdminService(assignments: Assignments, groups: Groups): JsonService {
  const change = (kind: ChangeKind, input: Input) => wireChange(begin(assignments, kind, input));
  const status = (kind: ChangeKind, input: Input, member: string) => {
    requireInstance(input);
    const found = assignments.status(kind, requireText(input, member));
    if (!found) throw notFound('There is no such request.');
    return wireChange(found);
  };
  return {
    name: 'sso-admin',
    target: 'SWBExternalService',
    version: '1.1',
    messageName: 'Message',
    handlers: {
      ListAccountAssignmentsForPrincipal: (input) => list(assignments, groups, input),
      CreateAccountAssignment: (input) => ({ AccountAssignmentCreationStatus: change('create', input) }),
      DeleteAccountAssignment: (input) => ({ AccountAssignmentDeletionStatus: change('delete', input) }),
      DescribeAccountAssignmentCreationStatus: (input) => ({
        AccountAssignmentCreationStatus: status('create', input, 'AccountAssignmentCreationRequestId'),
      }),
      DescribeAccountAssignmentDeletionStatus: (input) => ({
        AccountAssignmentDeletionStatus: status('delete', input, 'AccountAssignmentDeletionRequestId'),
      }),
      DescribePermissionSet(input) {
        requireInstance(input);
        const found = assignments.permissionSets.get(requirePermissionSet(input));
        if (!found) throw notFound('There is no such permission set.');
        const { permissionSetArn, name, sessionDuration } = found;
        return {
          PermissionSet: { PermissionSetArn: permissionSetArn, Name: name, SessionDuration: sessionDuration },
        };
      },
    } satisfies Record<string, Handler>,
    refusals: {
      throttle: new ServiceError('ThrottlingException', 'Rate exceeded'),
      fail: new ServiceError('InternalServerException', 'Internal server error', 500),
      reject: new ServiceError('ValidationException', 'The request is not valid.'),
    },
  };
}

/** An assignment that a user has through a group is listed with the group as its principal. */
function list(assignments: Assignments, groups: Groups, input: Input): object {
  requireInstance(input);
  const principalId = requireId(input, 'PrincipalId');
  const through = input.PrincipalType === 'USER' ? groups.membershipsOf(principalId) : [];
  const { AccountId } = Object(input.Filter);
  const all = assignments
    .of([principalId, ...through.map(({ groupId }) => groupId)])
    .filter(({ accountId }) => AccountId === undefined || AccountId === accountId);
  const { items, ...next } = pageOf(all, keyOf, input, assignments.settings().pageSize);
  return { AccountAssignments: items.map(wireAssignment), ...next };
}

/** @throws ServiceError AccessDeniedException, ResourceNotFoundException, ConflictException, ValidationException */
function begin(assignments: Assignments, kind: ChangeKind, input: Input): Change {
  const assignment = requireAssignment(input);
  if (assignment.accountId === assignments.settings().lockedAccountId)
    throw new ServiceError(
      'AccessDeniedException',
      'A delegated administrator cannot change assignments in the management account.',
    );
  if (!assignments.permissionSets.get(assignment.permissionSetArn))
    throw notFound('There is no such permission set.');
  if (kind === 'delete' && !assignments.has(assignment)) throw notFound('There is no such assignment.');
  const change = assignments.request(kind, assignment);
  if (change) return change;
  throw new ServiceError('ConflictException', 'Another change of this assignment is under way.');
}

function wireAssignment({ accountId, permissionSetArn, principalType, principalId }: Assignment): object {
  return {
    AccountId: accountId,
    PermissionSetArn: permissionSetArn,
    PrincipalId: principalId,
    PrincipalType: principalType,
  };
}

function wireChange({ requestId, assignment, begun, status, failureReason }: Change): object {
  const { AccountId, ...rest } = wireAssignment(assignment) as Record<string, string>;
  return {
    Status: status,
    RequestId: requestId,
    TargetId: AccountId,
    TargetType: 'AWS_ACCOUNT',
    ...rest,
    CreatedDate: begun / 1000,
    ...(failureReason !== undefined && { FailureReason: failureReason }),
  };
}

function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message);
}
