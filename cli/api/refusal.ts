import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { printable } from '../machine.ts';

/** An answer that is not a success. */
export interface Refused {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: number | undefined;
  /** The route of the request, such as `PUT /sessions`. */
  readonly route: string;
}

/** What to do, for the codes whose `detail` does not say it. */
const ADVICE: Record<string, string> = {
  'not-your-session':
    'sign in with a role of IAM Identity Center of your own, or set REGISTRAR_ROLE_ARN and IDENTITY_CENTER_USER_ID',
  'user-not-found': 'check the spelling, or give the user id',
  'revocation-not-found': 'check the id; `icr user USER` lists the revocations of a user',
  'session-expired': 'sign in again',
  'user-revoked': 'this session is ended. If that was a mistake, ask who revoked it, then sign in again',
  'user-not-enabled': 'enable the user in the identity store first, then repeat',
  'not-denied': 'nothing has to be lifted',
  'nothing-to-restore': 'find the removal with `icr user USER`',
  'no-directory': 'give the user id, or deploy the stack with identityStoreId',
  'unknown-route': 'this stack was deployed without that feature, or the address is not that of the API',
};

/** Turns an answer into the error that is shown. The server's text is only shown if it is a problem document of this API. */
export function refusal(refused: Refused): Failure {
  const { status, retryAfter } = refused;
  const { code, detail, message, errors } = problemIn(refused.text);
  if (code === undefined) return withoutProblem(refused, message);
  const faults = errors.map(({ pointer, detail: fault }) => ` ${pointer || 'The body'} ${fault}.`).join('');
  const advice = ADVICE[code] ? ` To do: ${ADVICE[code]}.` : againIn(status, retryAfter);
  const text = `${printable(detail)}${printable(faults)} (${status} ${code})${advice}`;
  return new Failure(exitFor(status), text, { code, status, retryAfter });
}

function withoutProblem({ status, route, retryAfter }: Refused, message: string | undefined): Failure {
  const more = { status, retryAfter };
  if (status === 401 || status === 403)
    return new Failure(
      EXIT.refused,
      `AWS refuses ${route} (${status}${message ? ` ${message}` : ''}): run \`aws sts get-caller-identity\` to see your role. It needs execute-api:Invoke on ${route}, and the Region must be that of the API.`,
      more,
    );
  if (status === 404)
    return new Failure(EXIT.notFound, `There is no ${route} at this address (404): check --api.`, more);
  const exit = exitFor(status);
  const what = `${route} was answered ${status}, by something that is not this API`;
  const todo = exit === EXIT.unavailable ? 'try again later, or check --api' : 'check --api';
  return new Failure(exit, `${what}: ${todo}.`, more);
}

function againIn(status: number, retryAfter: number | undefined): string {
  if (retryAfter !== undefined) return ` To do: repeat in ${retryAfter} s.`;
  return status >= 500 ? ' To do: repeat; if that does not help, read the logs of the stack.' : '';
}

function exitFor(status: number): ExitCode {
  if (status === 404) return EXIT.notFound;
  if (status === 400 || status === 413 || status === 415 || status === 422) return EXIT.usage;
  return status === 429 || status >= 500 ? EXIT.unavailable : EXIT.refused;
}

interface Problem {
  readonly code: string | undefined;
  readonly detail: string;
  /** API Gateway's own message, if it is a short text. */
  readonly message: string | undefined;
  readonly errors: readonly { pointer: string; detail: string }[];
}

function problemIn(text: string): Problem {
  const { code, detail, title, message, errors } = asObject(text);
  return {
    code: typeof code === 'string' && /^[a-z-]{1,40}$/.test(code) ? code : undefined,
    detail: [detail, title].find((one) => typeof one === 'string') ?? 'The API refuses',
    message: typeof message === 'string' && /^[\w .,:'-]{1,100}$/.test(message) ? message : undefined,
    errors: (Array.isArray(errors) ? errors : []).map((one) => ({
      pointer: String(Object(one).pointer ?? ''),
      detail: String(Object(one).detail ?? ''),
    })),
  };
}

function asObject(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
