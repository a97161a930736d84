import type { Answer, EmulatedRequest } from './answer.ts';
import { type Faults, parseFaultSetting } from './faults.ts';
import type { Journal } from './journal.ts';
import type { SignInOptions, SignIns } from './sign-ins.ts';

/** Paths below this belong to the emulator itself, to no AWS service. */
export const CONTROL_PREFIX = '/_emulator/';

type ControlCall = (request: EmulatedRequest) => Answer;

/** Calls by which people and tests steer the emulator, by `METHOD path`. */
export function controlCalls(
  signIns: SignIns,
  faults: Faults,
  journal: Journal,
): Record<string, ControlCall> {
  return {
    'POST /_emulator/sign-ins': ({ json }) => {
      const options = parseSignIn(json);
      if (typeof options === 'string') return { status: 400, json: { message: options } };
      return { status: 201, json: signIns.signIn(options) };
    },
    'PUT /_emulator/faults': ({ json }) => {
      const setting = parseFaultSetting(json);
      if (typeof setting === 'string') return { status: 400, json: { message: setting } };
      faults.set(setting);
      return { status: 200, json: setting };
    },
    'GET /_emulator/requests': () => ({ status: 200, json: journal.entries }),
  };
}

/** @returns what exists, for a call that does not */
export function unknownCall(calls: Readonly<Record<string, ControlCall>>): Answer {
  return { status: 404, json: { message: 'The emulator has no such call.', calls: Object.keys(calls) } };
}

function parseSignIn({
  userName,
  region,
  accessTokenSeconds,
}: EmulatedRequest['json']): SignInOptions | string {
  const isText = (value: unknown) => value === undefined || typeof value === 'string';
  if (!isText(userName) || !isText(region)) return 'userName and region must be strings';
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
