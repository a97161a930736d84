import jsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { RequestError } from './problems.ts';

type Event = APIGatewayProxyEventV2;

/** Much more than a token-cache file, and much less than API Gateway's limit of 10 MB. */
const MAX_BODY_BYTES = 64 * 1024;
const JSON_PARSER = '@middy/http-json-body-parser';
/** `curl -d` sends this type unless told otherwise, so a JSON body is accepted under it. */
const FORM = /^application\/x-www-form-urlencoded\b/i;
const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i;

/** Middleware that parses a body, and refuses one that is too large or not JSON. */
export function jsonBody() {
  return [requireJson(), jsonBodyParser({ disableContentTypeCheck: true })];
}

function requireJson() {
  return {
    before: ({ event }: { event: Event }) => {
      const type = event.headers['content-type'] ?? '';
      if (!JSON_TYPE.test(type) && !FORM.test(type)) throw unsupportedMediaType();
      if (Buffer.byteLength(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8') > MAX_BODY_BYTES) {
        throw new RequestError('body-too-large', `The body may have ${MAX_BODY_BYTES} bytes at most.`);
      }
    },
  };
}

/** Replaces the error of the body parser, because it holds the body, which may hold a token. Other errors stay as they are. */
export function withoutBody(error: unknown, event: Event): unknown {
  if (!(error instanceof Error) || !isFrom(error.cause, JSON_PARSER)) return error;
  if (FORM.test(event.headers['content-type'] ?? '')) return unsupportedMediaType();
  return new RequestError('malformed-json', 'The body is no JSON text. Send a JSON object in UTF-8.');
}

function isFrom(cause: unknown, name: string): boolean {
  return typeof cause === 'object' && cause !== null && 'package' in cause && cause.package === name;
}

function unsupportedMediaType(): RequestError {
  return new RequestError(
    'unsupported-media-type',
    'Send a JSON object with the header content-type: application/json.',
  );
}
