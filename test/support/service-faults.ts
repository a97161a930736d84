import type { OutgoingHttpHeaders } from 'node:http';

export interface Refusal {
  status: number;
  headers: OutgoingHttpHeaders;
  body: string;
}

interface Protocol {
  /** The names and statuses of the errors for throttling and for the service's own failure. */
  throttle: [name: string, status: number];
  fail: [name: string, status: number];
  /** Writes an error in the service's own form. */
  write(name: string, status: number): Omit<Refusal, 'status'>;
}

const MESSAGE = 'The test has the service say so.';

function json(version: '1.0' | '1.1', namespace = '', messageName = 'message'): Protocol['write'] {
  return (name, status) => ({
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      // Only services that once used the query protocol send this header.
      'x-amzn-query-error': `${name};${status < 500 ? 'Sender' : 'Receiver'}`,
    },
    body: JSON.stringify({ __type: namespace + name, [messageName]: MESSAGE }),
  });
}

/** The error's name is in a header. */
const rest: Protocol['write'] = (name) => ({
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': name },
  body: JSON.stringify({ message: MESSAGE }),
});

const xml: Protocol['write'] = (name, status) => ({
  headers: { 'content-type': 'text/xml' },
  body: `<ErrorResponse><Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${name}</Code><Message>${MESSAGE}</Message></Error></ErrorResponse>`,
});

/**
 * The error format of each service. Names and statuses come from the service models, and from what clients have seen.
 */
const PROTOCOLS: Record<string, Protocol> = {
  dynamodb: {
    throttle: ['ProvisionedThroughputExceededException', 400],
    fail: ['InternalServerError', 500],
    write: json('1.0', 'com.amazonaws.dynamodb.v20120810#'),
  },
  kms: {
    throttle: ['ThrottlingException', 400],
    fail: ['KMSInternalException', 500],
    write: json('1.1'),
  },
  sqs: {
    throttle: ['RequestThrottled', 400],
    fail: ['InternalFailure', 500],
    write: json('1.0', 'com.amazonaws.sqs#'),
  },
  identitystore: {
    throttle: ['ThrottlingException', 400],
    fail: ['InternalServerException', 500],
    write: json('1.1', '', 'Message'),
  },
  'sso-admin': {
    throttle: ['ThrottlingException', 400],
    fail: ['InternalServerException', 500],
    write: json('1.1', '', 'Message'),
  },
  organizations: {
    throttle: ['TooManyRequestsException', 400],
    fail: ['ServiceException', 500],
    write: json('1.1', '', 'Message'),
  },
  events: {
    throttle: ['ThrottlingException', 400],
    fail: ['InternalException', 500],
    write: json('1.1'),
  },
  sso: {
    throttle: ['TooManyRequestsException', 429],
    fail: ['InternalServerException', 500],
    write: rest,
  },
  'sso-oidc': {
    throttle: ['SlowDownException', 400],
    fail: ['InternalServerException', 500],
    write: (name, status) => ({
      ...rest(name, status),
      body: JSON.stringify({
        error: status < 500 ? 'slow_down' : 'server_error',
        error_description: MESSAGE,
      }),
    }),
  },
  sts: { throttle: ['Throttling', 400], fail: ['InternalFailure', 500], write: xml },
};

/** The service's answer if it throttles or fails. @throws Error for a service that is not described here */
export function refusalOf(service: string, why: 'throttle' | 'fail'): Refusal {
  const protocol = PROTOCOLS[service];
  if (!protocol) throw new Error(`How ${service} words its errors is not known here.`);
  const [name, status] = protocol[why];
  return { status, ...protocol.write(name, status) };
}
