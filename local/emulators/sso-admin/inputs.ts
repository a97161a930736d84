import { type Input, requireText, ServiceError } from '../ground/service.ts';
import type { Assignment } from './assignment.ts';

const INSTANCE = /^arn:aws(-[a-z]{1,5}){0,3}:sso:::instance\/(sso)?ins-[a-zA-Z0-9-.]{16}$/;
const PERMISSION_SET =
  /^arn:aws(-[a-z]{1,5}){0,3}:sso:::permissionSet\/(sso)?ins-[a-zA-Z0-9-.]{16}\/ps-[a-zA-Z0-9-./]{16}$/;
const ID = /^([0-9a-f]{10}-)?[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}$/;

// These patterns come from the service model. All functions throw ServiceError ValidationException.

export function requireInstance(input: Input): void {
  requireMatch(input, 'InstanceArn', INSTANCE);
}

export function requirePermissionSet(input: Input): string {
  return requireMatch(input, 'PermissionSetArn', PERMISSION_SET);
}

export function requireId(input: Input, member: string): string {
  return requireMatch(input, member, ID);
}

export function requireAssignment(input: Input): Assignment {
  requireInstance(input);
  const { PrincipalType } = input;
  if (PrincipalType !== 'USER' && PrincipalType !== 'GROUP')
    throw new ServiceError('ValidationException', 'PrincipalType must be USER or GROUP.');
  if (input.TargetType !== 'AWS_ACCOUNT')
    throw new ServiceError('ValidationException', 'TargetType must be AWS_ACCOUNT.');
  return {
    accountId: requireMatch(input, 'TargetId', /^\d{12}$/),
    permissionSetArn: requirePermissionSet(input),
    principalType: PrincipalType,
    principalId: requireId(input, 'PrincipalId'),
  };
}

function requireMatch(input: Input, member: string, pattern: RegExp): string {
  const value = requireText(input, member);
  if (pattern.test(value)) return value;
  throw new ServiceError('ValidationException', `${member} does not match its pattern.`);
}
