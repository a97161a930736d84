import type { Answer, ControlCalls, Json } from './answer.ts';

/** Paths below this belong to the emulator itself, not to an AWS service. */
export const CONTROL_PREFIX = '/_emulator/';

/** Finds the call and makes it. For an unknown call, the answer lists the calls that exist. */
export function control(
  calls: ControlCalls,
  method: string,
  pathname: string,
  json: Json | undefined,
): Answer {
  const [, , collection, ...rest] = pathname.split('/');
  const name = rest.join('/');
  const key = `${method} ${CONTROL_PREFIX}${collection}`;
  const found = Object.entries(calls).find(
    ([call]) => call.replace(/\/\{.*/, '/{}') === (name ? `${key}/{}` : key),
  );
  if (!json) return badRequest('The body is not a JSON object.');
  if (found) return found[1](json, decoded(name));
  return { status: 404, json: { message: 'The emulator has no such call.', calls: Object.keys(calls) } };
}

/** Returns a name that is not valid percent-encoding as it is. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

export function badRequest(message: string): Answer {
  return { status: 400, json: { message } };
}
