import type { FuzzedRequest } from './fuzz-requests.ts';
import type { FuzzedAnswer } from './raw-http.ts';

/**
 * What is wrong with an answer of the API to any request, while all services work.
 *
 * @param sent - the request; the answer's pointers point into its body
 */
export function faultsOf(
  { status, headers, text }: FuzzedAnswer,
  { method, body }: Pick<FuzzedRequest, 'method' | 'body'>,
): string[] {
  const type = String(headers['content-type']);
  const faults = [
    status >= 500 && `${status}`,
    status < 200 && `${status}`,
    headers['cache-control'] !== 'no-store' && 'may be cached',
    status < 400 && type !== 'application/json' && `a ${type}`,
    status >= 400 && type !== 'application/problem+json' && `a problem as ${type}`,
    status === 405 && !headers.allow && '405 without Allow',
  ];
  if (method === 'HEAD') {
    const isLong = Number(headers['content-length']) > 0;
    return named([...faults, text !== '' && 'a body', !isLong && 'not as long as what GET gets']);
  }
  const answer = parsed(text);
  if (answer === undefined) return [...named(faults), `no JSON: ${text.slice(0, 80)}`];
  return [...named(faults), ...(status >= 400 ? problemFaults(answer, status, body) : [])];
}

const named = (faults: (string | false)[]) => faults.filter((fault) => fault !== false);

/** RFC 9457, and what the README adds to it. */
function problemFaults(answer: unknown, status: number, body: string | undefined): string[] {
  const { type, title, detail, code, errors, status: told, ...more } = Object(answer);
  const pointers: unknown[] = Array.isArray(errors) ? errors.map((error) => Object(error).pointer) : [];
  return named([
    type !== `urn:problem-type:identity-center-revocation:${code}` && `type ${type}`,
    !/^[a-z]+(-[a-z]+)*$/.test(String(code)) && `code ${code}`,
    (typeof title !== 'string' || title === '') && 'no title',
    (typeof detail !== 'string' || detail.length < 10) && 'no detail',
    told !== status && `status ${told} in a ${status}`,
    code === 'internal' && 'a defect',
    (code === 'invalid-body') !== pointers.length > 0 && `${pointers.length} pointers with ${code}`,
    Object.keys(more).length > 0 && `unknown members ${Object.keys(more)}`,
    ...pointers.map(
      (pointer) => !leads(parsed(body ?? ''), pointer) && `the pointer ${pointer} leads nowhere`,
    ),
  ]);
}

/** Whether an RFC 6901 pointer leads to a part of the value, or to a missing member of an object in it. */
export function leads(value: unknown, pointer: unknown): boolean {
  if (typeof pointer !== 'string' || !/^(\/([^~/]|~[01])*)*$/.test(pointer)) return false;
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  let part = value;
  for (const [n, key] of keys.entries()) {
    if (typeof part !== 'object' || part === null) return false;
    if (!Object.hasOwn(part, key)) return n === keys.length - 1 && !Array.isArray(part);
    part = Object(part)[key];
  }
  return true;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
