/** An HTTP answer, ready to be sent. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** API Gateway's own answers: `{"message": …}`. */
export function gatewayAnswer(status: number, message: string): HttpAnswer {
  return jsonAnswer(status, { message });
}

/**
 * Maps a function's result as payload format 2.0 does: an object with `statusCode` is the answer, anything else is
 * the JSON body of a 200. A malformed answer is a 500, as in API Gateway.
 */
export function toAnswer(result: unknown): HttpAnswer {
  if (!isObject(result) || !('statusCode' in result)) {
    if (typeof result !== 'string') return jsonAnswer(200, result);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(result) };
  }
  const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded = false } = result;
  const status = Number(statusCode);
  const isValid = Number.isInteger(status) && status >= 200 && status <= 599;
  if (!isValid || typeof body !== 'string' || !isObject(headers) || !Array.isArray(cookies)) {
    return gatewayAnswer(500, 'Internal Server Error');
  }
  const named = Object.entries(headers).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    String(value),
  ]);
  return {
    status,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...Object.fromEntries(named),
      ...(cookies.length > 0 && { 'set-cookie': cookies.map(String) }),
    },
    body: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function jsonAnswer(status: number, value: unknown): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(value) ?? 'null'),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
