import * as v from 'valibot';
import { RequestError } from '../shell/problems.ts';

// Valibot's default messages quote the input, which may be a token. This replaces every default message.
v.setGlobalMessage(({ expected, received }) => {
  if (received === 'undefined') return 'is missing';
  return expected ? `must be ${expected.replaceAll('"', '')}` : 'is not valid';
});

const isJsonObject = (input: unknown) => typeof input === 'object' && input !== null && !Array.isArray(input);

/** Any JSON object. A schema for a body starts with it, because valibot takes an array for an object too. */
export const jsonObject = v.custom<object>(isJsonObject, 'must be a JSON object');

/**
 * Validates a body.
 *
 * @throws RequestError `invalid-body`, with a JSON Pointer for every fault
 */
export function parseBody<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  const errors = result.issues.map((issue) => ({ pointer: pointerTo(issue), detail: issue.message }));
  const summary = errors.map(({ pointer, detail }) => `${pointer || 'the body'} ${detail}`).join('; ');
  throw new RequestError('invalid-body', `Change the body: ${summary}.`, { errors });
}

/** RFC 6901; the empty pointer is the whole body. */
function pointerTo(issue: v.BaseIssue<unknown>): string {
  const keys = (issue.path ?? []).map(({ key }) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'));
  return keys.map((key) => `/${key}`).join('');
}
