import type { APIGatewayProxyEventV2, Context, SQSEvent } from 'aws-lambda';
import { network } from '../aws/clients.ts';
import { DomainError } from '../domain/errors.ts';
import { asRehearsal, isRehearsal } from '../rehearsal.ts';
import type { MessagesDeps } from './messages.ts';
import { defectOf, logger } from './telemetry.ts';

/** Called by `lambda/entry.mjs` once, before Lambda gives the function its first event. Never rejects. */
export type Rehearsal = () => Promise<void>;

/** After this time the initialization continues, even if the rehearsal has not ended. */
const LONGEST_MILLIS = 1_000;

/** The part of an invocation's context that the functions read. */
const CONTEXT: Partial<Context> = { awsRequestId: 'rehearsal', getRemainingTimeInMillis: () => 29_000 };

/**
 * Runs the function once with an event that affects nobody. Then the first real event finds the code compiled, the clients made
 * and connections open. Lambda gives the initialization a whole core at any memory size. An invocation only gets its share:
 * docs/facts.md § Lambda.
 *
 * A rehearsal sends, writes and counts nothing (`isRehearsal`). If it fails, the function starts nevertheless.
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
      // A rule refused the event, which nobody sent. The rehearsal came far enough.
      if (!(error instanceof DomainError)) logger.warn('not rehearsed', { defect: defectOf(error) });
    } finally {
      clearTimeout(timer);
      logger.rehearsed();
    }
  };
}

/** Keeps the output of a rehearsal out of the log. @returns a function that ends this */
function mute(): () => void {
  const streams = [process.stdout, process.stderr];
  const ends = streams.map((stream) => {
    const { write } = stream;
    // An empty text is written instead, so that the stream is set up for the first real line.
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

/** A user id that nobody has. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

const NOBODYS_SESSION = 'arn:aws:sts::000000000000:assumed-role/AWSReservedSSO_None_0000000000000000/nobody';

/** A revocation id that no revocation has. */
export const NOTHING = '-'.repeat(43);

/** A token-cache file without a real session. */
export const NO_SESSION = { accessToken: 'rehearsal', expiresAt: '2100-01-01T00:00:00Z' };

/** A request in API Gateway's format, by a person who does not exist. */
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

/** A batch with one message from the first of the queues, in the format of SQS. */
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
