/**
 * What can be made to go wrong: two operations of signing in, whole services, and `delivery`, EventBridge's handing over
 * of an event to one target, for which every fault is the same.
 */
export const FAULTED_OPERATIONS = [
  'logout',
  'token',
  'kms',
  'identitystore',
  'sqs',
  'events',
  'delivery',
] as const;
export type FaultedOperation = (typeof FAULTED_OPERATIONS)[number];

/**
 * - `throttle`: 429, or what the service has in its place
 * - `fail`: 500
 * - `reject`: the service's 400
 * - `hang`: no answer at all
 * - `cut`: the connection breaks before anything was done
 * - `lost`: everything is done, and the connection breaks before the answer
 * - `garbage`: 200 with something that is not JSON, nothing done
 * - `none`: as it should be
 */
export const FAULTS = ['throttle', 'fail', 'reject', 'hang', 'cut', 'lost', 'garbage', 'none'] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultSetting {
  readonly operation: FaultedOperation;
  readonly fault: Fault;
  /** How many requests meet it; until changed when absent. */
  readonly times?: number;
}

/** Artificial latency: what is asked takes effect at once, and is answered this much later. */
export interface DelaySetting {
  readonly operation: FaultedOperation;
  /** 0 ends it. */
  readonly delayMillis: number;
}

export interface Faults {
  set(setting: FaultSetting): void;
  setDelay(setting: DelaySetting): void;
  /** Milliseconds to wait before the answer. */
  delayOf(operation: string): number;
  /** The fault that this request meets; counts it. */
  next(operation: string): Fault;
}

export function createFaults(): Faults {
  const settings = new Map<string, { fault: Fault; left: number }>();
  const delays = new Map<string, number>();
  return {
    setDelay: ({ operation, delayMillis }) => void delays.set(operation, delayMillis),
    delayOf: (operation) => delays.get(operation) ?? 0,
    set({ operation, fault, times = Number.POSITIVE_INFINITY }) {
      settings.set(operation, { fault, left: times });
    },
    next(operation) {
      const setting = settings.get(operation);
      if (!setting || setting.left <= 0) return 'none';
      setting.left -= 1;
      return setting.fault;
    },
  };
}

type Unparsed = Readonly<Record<string, unknown>>;

const isWhole = (value: unknown, least: number): value is number =>
  Number.isInteger(value) && Number(value) >= least;
const operationIn = (value: Unparsed) => FAULTED_OPERATIONS.find((known) => known === value.operation);

/** @returns the setting, or a sentence that says what is wrong with it */
export function parseDelaySetting(value: Unparsed): DelaySetting | string {
  const operation = operationIn(value);
  const { delayMillis } = value;
  if (!operation) return `operation must be one of ${FAULTED_OPERATIONS.join(', ')}`;
  return isWhole(delayMillis, 0)
    ? { operation, delayMillis }
    : 'delayMillis must be a whole number, zero or above';
}

/** @returns the setting, or a sentence that says what is wrong with it */
export function parseFaultSetting(value: Unparsed): FaultSetting | string {
  const operation = operationIn(value);
  const fault = FAULTS.find((known) => known === value.fault);
  const { times } = value;
  if (!operation) return `operation must be one of ${FAULTED_OPERATIONS.join(', ')}`;
  if (!fault) return `fault must be one of ${FAULTS.join(', ')}`;
  if (times === undefined) return { operation, fault };
  return isWhole(times, 1) ? { operation, fault, times } : 'times must be a whole number above zero';
}
