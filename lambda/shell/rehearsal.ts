import type { APIGatewayProxyEventV2, Context, SQSEvent } from 'aws-lambda';
import { network } from '../aws/clients.ts';
import { DomainError } from '../domain/errors.ts';
import { asRehearsal, isRehearsal } from '../rehearsal.ts';
import type { MessagesDeps } from './messages.ts';
import { defectOf, logger } from './telemetry.ts';

/** Called by `lambda/entry.mjs` once, before Lambda gives the function its first event. Never rejects. */
export type Rehearsal = () => Promise<void>;

/** However it goes, the initialization goes on after so many milliseconds. */
const LONGEST_MILLIS = 1_000;

/** Of an invocation, as far as the functions look at it. */
const CONTEXT: Partial<Context> = { awsRequestId: 'rehearsal', getRemainingTimeInMillis: () => 29_000 };

/**
 * Runs the function once for nothing, so that the first event finds its code compiled, its clients made, and connections open.
 * Lambda gives the initialization a whole core at any memory size, and the first invocation its share: docs/facts.md § Lambda.
 *
 * Nothing is asked of anybody, written or counted (`isRehearsal`). A rehearsal that fails does not keep the function from starting.
 */
export function rehearsalOf<Event>(
  handler: (event: Event, context: Context) => Promise<unknown>,
  event: Event,
): Rehearsal {
  return async () => {
    const { promise: tooLong, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('The rehearsal took too long.')), LONGEST_MILLIS);
    const rehearsed = asRehearsal(async () => {
      const unmute = mute();
      await handler(event, CONTEXT as Context).finally(unmute);
    });
    try {
      await Promise.race([rehearsed.then(() => network.connected()), tooLong]);
    } catch (error) {
      // Refused by a rule, for what nobody gave it: it came far enough.
      if (!(error instanceof DomainError)) logger.warn('not rehearsed', { defect: defectOf(error) });
    } finally {
      clearTimeout(timer);
      logger.rehearsed();
    }
  };
}

/** Keeps what is written in a rehearsal from the log. @returns what ends it */
function mute(): () => void {
  const streams = [process.stdout, process.stderr];
  const ends = streams.map((stream) => {
    const { write } = stream;
    // Nothing is written, but as everything is: that makes the way for it.
    const writeNothing = () => write.call(stream, '');
    stream.write = (...said: unknown[]) =>
      isRehearsal() ? writeNothing() : Reflect.apply(write, stream, said);
    return () => {
      stream.write = write;
    };
  });
  return () => {
    for (const end of ends) end();
  };
}

/** A user id that is nobody's. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

const NOBODYS_SESSION = 'arn:aws:sts::000000000000:assumed-role/AWSReservedSSO_None_0000000000000000/nobody';

/** A revocation id that is nothing's. */
export const NOTHING = '-'.repeat(43);

/** A token-cache file of no session. */
export const NO_SESSION = { accessToken: 'rehearsal', expiresAt: '2100-01-01T00:00:00Z' };

/** A request as API Gateway gives it, of a person who is nobody. */
export function request(
  routeKey: string,
  { body, parameters = {}, query = {} }: { body?: unknown; parameters?: Strings; query?: Strings } = {},
): APIGatewayProxyEventV2 {
  const [method = '', path = ''] = routeKey.split(' ');
  const requestContext = {
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '', userAgent: '' },
    authorizer: { iam: { userArn: NOBODYS_SESSION } },
    ...{ routeKey, stage: '$default', accountId: '', apiId: '', domainName: '', domainPrefix: '' },
    ...{ requestId: 'rehearsal', time: '', timeEpoch: 0 },
  };
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    pathParameters: parameters,
    queryStringParameters: query,
    requestContext,
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}

type Strings = Record<string, string>;

/** A batch with one message, as the first of the queues gives it. */
export function batch({ queues }: MessagesDeps, message: unknown): SQSEvent {
  const [queue] = Object.keys(queues);
  const record: Partial<SQSEvent['Records'][number]> = {
    messageId: 'rehearsal',
    receiptHandle: 'rehearsal',
    eventSourceARN: `arn:aws:sqs:::${queue}`,
    body: JSON.stringify(message),
  };
  const attributes = { ApproximateReceiveCount: '1' };
  return { Records: [{ ...record, attributes }] } as SQSEvent;
}
