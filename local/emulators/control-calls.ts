import { eventCalls } from './events/event-calls.ts';
import type { EventsOptions } from './events/events.ts';
import type { Answer, ControlCalls, Json } from './ground/answer.ts';
import { badRequest } from './ground/control.ts';
import { type Faults, parseDelaySetting, parseFaultSetting } from './ground/faults.ts';
import type { Journal } from './ground/journal.ts';
import { groupCalls } from './identity-store/group-calls.ts';
import type { Groups } from './identity-store/groups.ts';
import { userCalls } from './identity-store/user-calls.ts';
import type { Users } from './identity-store/users.ts';
import { type LogoutLimit, parseLogoutLimit } from './sign-in/logout-limit.ts';
import { DEFAULT_USER, type SignInOptions, type SignIns } from './sign-in/sign-ins.ts';
import { assignmentCalls } from './sso-admin/assignment-calls.ts';
import type { Assignments } from './sso-admin/assignments.ts';

export interface Controlled {
  readonly signIns: SignIns;
  readonly users: Users;
  readonly groups: Groups;
  readonly assignments: Assignments;
  readonly faults: Faults;
  readonly logoutLimit: LogoutLimit;
  readonly journal: Journal;
  readonly events: EventsOptions;
}

/** Calls by which people and tests control the emulators, by `METHOD path`. */
export function controlCalls(controlled: Controlled): ControlCalls {
  const { signIns, users, groups, assignments, faults, logoutLimit, journal, events } = controlled;
  return {
    'POST /_emulator/sign-ins': (json) => {
      const options = parseSignIn(json);
      if (typeof options === 'string') return badRequest(options);
      const file = signIns.signIn(options);
      // The body is a token-cache file and nothing else, so that it can be saved as one.
      const userId = users.find(options.userName ?? DEFAULT_USER)?.userId ?? '';
      return { status: 201, headers: { 'x-user-id': userId }, json: file };
    },
    ...userCalls(users),
    ...groupCalls(users, groups),
    ...assignmentCalls(assignments),
    ...eventCalls(events),
    'PUT /_emulator/faults': (json) => apply(parseFaultSetting(json), faults.set),
    'PUT /_emulator/delays': (json) => apply(parseDelaySetting(json), faults.setDelay),
    'PUT /_emulator/limit': (json) =>
      apply(parseLogoutLimit(json), ({ logoutsPerSecond }) => logoutLimit.set(logoutsPerSecond)),
    'GET /_emulator/requests': () => ({ status: 200, json: journal.entries }),
  };
}

function apply<T extends object>(setting: T | string, set: (setting: T) => void): Answer {
  if (typeof setting === 'string') return badRequest(setting);
  set(setting);
  return { status: 200, json: setting };
}

function parseSignIn({ userName, region, accessTokenSeconds }: Json): SignInOptions | string {
  const isText = (value: unknown) => value === undefined || (typeof value === 'string' && value !== '');
  if (!isText(userName) || !isText(region)) return 'userName and region must be strings that are not empty';
  if (
    accessTokenSeconds !== undefined &&
    !(Number.isInteger(accessTokenSeconds) && Number(accessTokenSeconds) >= 0)
  ) {
    return 'accessTokenSeconds must be a whole number, zero or above';
  }
  return {
    ...(typeof userName === 'string' && { userName }),
    ...(typeof region === 'string' && { region }),
    ...(accessTokenSeconds !== undefined && { accessTokenSeconds: Number(accessTokenSeconds) }),
  };
}
