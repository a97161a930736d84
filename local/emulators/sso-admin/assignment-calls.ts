import type { ControlCalls, Json } from '../ground/answer.ts';
import { badRequest } from '../ground/control.ts';
import { ServiceError } from '../ground/service.ts';
import type { Assignment } from './assignment.ts';
import type { AssignmentSettings, Assignments } from './assignments.ts';
import { requireAssignment } from './inputs.ts';
import { INSTANCE_ARN } from './permission-sets.ts';

/** Control calls that set up permission sets and assignments, and that determine how changes of assignments end. */
export function assignmentCalls(assignments: Assignments): ControlCalls {
  const { permissionSets } = assignments;
  return {
    'GET /_emulator/permission-sets': () => ({ status: 200, json: permissionSets.all() }),
    'POST /_emulator/permission-sets': ({ name, sessionDuration = 'PT1H' }) => {
      if (typeof name !== 'string' || !/^[\w+=,.@-]{1,32}$/.test(name))
        return badRequest('name must be 1 to 32 letters, digits or any of _+=,.@-');
      if (typeof sessionDuration !== 'string' || !/^PT(\d+H)?(\d+M)?$/.test(sessionDuration))
        return badRequest('sessionDuration must be like PT1H');
      return { status: 201, json: permissionSets.create({ name, sessionDuration }) };
    },
    'GET /_emulator/assignments': () => ({ status: 200, json: assignments.all() }),
    'POST /_emulator/assignments': (json) => {
      const assignment = parseAssignment(json);
      if (typeof assignment === 'string') return badRequest(assignment);
      if (!permissionSets.get(assignment.permissionSetArn))
        return { status: 404, json: { message: 'There is no such permission set.' } };
      assignments.assign(assignment);
      return { status: 201, json: assignment };
    },
    'PUT /_emulator/assignment-changes': (json) => {
      const settings = parseSettings(json);
      if (typeof settings === 'string') return badRequest(settings);
      assignments.set(settings);
      return { status: 200, json: settings };
    },
  };
}

/** Parses an assignment as the service does. @returns the assignment, or a sentence that says what is wrong with it */
function parseAssignment({ accountId, permissionSetArn, principalType, principalId }: Json) {
  try {
    return requireAssignment({
      InstanceArn: INSTANCE_ARN,
      TargetType: 'AWS_ACCOUNT',
      TargetId: accountId,
      PermissionSetArn: permissionSetArn,
      PrincipalType: principalType,
      PrincipalId: principalId,
    }) satisfies Assignment;
  } catch (error) {
    if (error instanceof ServiceError) return error.message;
    throw error;
  }
}

function parseSettings({
  changeMillis,
  lockedAccountId,
  failNext,
}: Json): Partial<AssignmentSettings> | string {
  if (changeMillis !== undefined && !(Number.isInteger(changeMillis) && Number(changeMillis) >= 0))
    return 'changeMillis must be a whole number, zero or above';
  if (lockedAccountId !== undefined && !/^\d{12}$/.test(String(lockedAccountId)))
    return 'lockedAccountId must be 12 digits in a string';
  if (failNext !== undefined && typeof failNext !== 'string') return 'failNext must be a string';
  return {
    ...(changeMillis !== undefined && { changeMillis: Number(changeMillis) }),
    ...(lockedAccountId !== undefined && { lockedAccountId: String(lockedAccountId) }),
    ...(failNext !== undefined && { failNext }),
  };
}
