import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID } from '../../ground/account.ts';
import type { Clock } from '../../ground/clock.ts';
import { type Handler, type Input, type JsonService, ServiceError } from '../ground/service.ts';

/** An event as EventBridge delivers it to a rule's targets. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** `2026-01-02T03:04:05Z` */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** @param bus - The name of an event bus, such as `default` or a partner's. */
export type PutEvent = (bus: string, event: BusEvent) => void;

export interface EventsOptions {
  readonly clock: Clock;
  readonly region: string;
  readonly put: PutEvent;
}

/** Sources of AWS's services and of partners begin with this. A customer may not put events with such a source. */
export const RESERVED_PREFIX = 'aws.';

/** A rule as EventBridge describes it. */
export interface DescribedRule {
  readonly name: string;
  readonly arn: string;
  readonly isEnabled: boolean;
}

/** Emulates customers' PutEvents, and ListRules. Events of services and partners come through `event-calls.ts`. */
export function eventsService(options: EventsOptions, rules: readonly DescribedRule[] = []): JsonService {
  return {
    name: 'events',
    target: 'AWSEvents',
    version: '1.1',
    handlers: {
      PutEvents({ Entries }) {
        if (!Array.isArray(Entries) || Entries.length < 1 || Entries.length > 10)
          throw new ServiceError('ValidationException', 'Entries must have 1 to 10 members.');
        const results = Entries.map((entry) => putEntry(Object(entry), options));
        return {
          FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length,
          Entries: results,
        };
      },
      ListRules: () => ({ Rules: rules.map(wireRule) }),
    } satisfies Record<string, Handler>,
    refusals: {
      throttle: new ServiceError('ThrottlingException', 'Rate exceeded'),
      fail: new ServiceError('InternalException', 'Internal server error', 500),
      reject: new ServiceError('ValidationException', 'The request is not valid.'),
    },
  };
}

function wireRule({ name, arn, isEnabled }: DescribedRule): object {
  return { Name: name, Arn: arn, State: isEnabled ? 'ENABLED' : 'DISABLED' };
}

/** Each entry succeeds or fails by itself. */
function putEntry(entry: Input, { clock, region, put }: EventsOptions): object {
  const { Source, DetailType, Detail, EventBusName = 'default', Resources = [], Time } = entry;
  const missing = Object.entries({ Source, DetailType, Detail }).find(
    ([, value]) => typeof value !== 'string' || !value,
  );
  if (missing)
    return refused(
      'InvalidArgument',
      `Parameter ${missing[0]} is not valid. Reason: ${missing[0]} is a required argument.`,
    );
  if (String(Source).startsWith(RESERVED_PREFIX))
    return refused('NotAuthorizedForSourceException', 'Not authorized for the source.');
  const detail = parseDetail(String(Detail));
  if (!detail) return refused('MalformedDetail', 'Detail is malformed.');
  const event: BusEvent = {
    ...envelope({ clock, region }),
    'detail-type': String(DetailType),
    source: String(Source),
    time: timeText(timeOf(Time) ?? clock()),
    resources: Array.isArray(Resources) ? Resources.map(String) : [],
    detail,
  };
  put(busName(String(EventBusName)), event);
  return { EventId: event.id };
}

/** The fields that EventBridge itself adds to an event. */
export function envelope({ clock, region }: Pick<EventsOptions, 'clock' | 'region'>) {
  return { version: '0', id: randomUUID(), account: ACCOUNT_ID, time: timeText(clock()), region } as const;
}

function timeText(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 19)}Z`;
}

/** Accepts the name of a bus, or its ARN. */
export function busName(nameOrArn: string): string {
  return nameOrArn.replace(/^arn:.*:event-bus\//, '');
}

function refused(ErrorCode: string, ErrorMessage: string): object {
  return { ErrorCode, ErrorMessage };
}

function parseDetail(detail: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(detail);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** SDKs send seconds since the epoch; some clients send a date as text. */
function timeOf(time: unknown): number | undefined {
  if (typeof time === 'number') return time * 1000;
  const parsed = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}
