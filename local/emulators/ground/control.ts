import type { Answer, ControlCalls, Json } from './answer.ts';

/** Paths below this belong to the emulator itself, to no AWS service. */
export const CONTROL_PREFIX = '/_emulator/';

/** Finds the call and makes it; says what exists when there is no such one. */
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

/** As it is where it is not properly percent-encoded. */
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
