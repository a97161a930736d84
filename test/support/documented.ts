import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { parse } from 'yaml';

/** Where the document is. */
export const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'openapi.yaml');

interface Answer {
  headers?: Record<string, unknown>;
  content?: Record<string, { schema: object }>;
}

/** As far as answers are checked against it. */
export interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Answer> }>>;
  components: { schemas: Record<string, object> };
}

type Result = Pick<APIGatewayProxyStructuredResultV2, 'statusCode' | 'headers' | 'body'>;

/** Of all answers; the others say how this one is sent. */
const OWN_HEADERS = ['content-type', 'content-length', 'cache-control'];

let written: Document | undefined;
const compilers = new WeakMap<Document, Ajv2020>();

/**
 * What an answer has that the document does not.
 *
 * @param routeKey - in API Gateway's notation
 * @param document - that which is written in docs/ unless told
 * @returns undefined if the answer is documented
 */
export function undocumented(routeKey: string, answer: Result, document?: Document): string | undefined {
  written ??= document ?? parse(readFileSync(DOCUMENT, 'utf8'));
  const known: Document = document ?? Object(written);
  const [method = '', path = ''] = routeKey.split(' ');
  const operation = known.paths[path]?.[method.toLowerCase()];
  if (!operation) return `${routeKey} is no operation`;
  const found = operation.responses[String(answer.statusCode)];
  if (!found) return `${routeKey} has no answer ${answer.statusCode}: ${answer.body}`;
  const names = Object.keys(answer.headers ?? {}).filter((name) => !OWN_HEADERS.includes(name));
  const allowed = Object.keys(found.headers ?? {}).map((name) => name.toLowerCase());
  const stranger = names.find((name) => !allowed.includes(name));
  if (stranger !== undefined) return `${routeKey}, ${answer.statusCode} has no header ${stranger}`;
  if (method === 'HEAD') return answer.body === undefined ? undefined : `${routeKey} has a body`;
  const type = String(answer.headers?.['content-type']);
  if (!found.content?.[type]) return `${routeKey}, ${answer.statusCode} has no ${type}`;
  if (type.startsWith('text/html')) return undefined;
  const at = ['paths', path, method.toLowerCase(), 'responses', String(answer.statusCode), 'content', type];
  const validate = validatorOf(known, at);
  if (validate(JSON.parse(answer.body ?? 'null'))) return undefined;
  return `${routeKey}, ${answer.statusCode}: ${JSON.stringify(validate.errors)} in ${answer.body}`;
}

/** @throws Error for an answer that the document does not have. Whatever matches no route is documented in words. */
export function requireDocumented(routeKey: string, answer: Result): void {
  if (routeKey === '$default') return;
  const fault = undocumented(routeKey, answer);
  if (fault !== undefined) throw new Error(`docs/openapi.yaml does not document an answer: ${fault}`);
}

/** Compiled once, and only what is asked for: most test files see few answers. */
function validatorOf(document: Document, at: string[]): ValidateFunction {
  const ajv = compilers.get(document) ?? addFormats.default(new Ajv2020({ strict: false }));
  if (!compilers.has(document)) ajv.addSchema(document, 'document');
  compilers.set(document, ajv);
  const pointer = [...at, 'schema'].map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'));
  const $ref = `document#/${pointer.map(encodeURIComponent).join('/')}`;
  return ajv.getSchema($ref) ?? ajv.compile({ $ref });
}
