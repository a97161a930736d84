/**
 * What can be told to fail: three operations of signing in, whole services, and some operations of one service. `delivery` is
 * EventBridge's delivery of an event to one target, for which every fault has the same effect.
 */
export const FAULTED_OPERATIONS = [
  'logout',
  'listAccounts',
  'token',
  'kms',
  'identitystore',
  'identitystore:ListUsers',
  'sso-admin',
  'sso-admin:ListAccountAssignmentsForPrincipal',
  'sso-admin:DeleteAccountAssignment',
  'sso-admin:CreateAccountAssignment',
  'sqs',
  'events',
  'organizations',
  'organizations:UpdatePolicy',
  'sts',
  'delivery',
] as const;
export type FaultedOperation = (typeof FAULTED_OPERATIONS)[number];

/**
 * - `throttle`: 429, or the service's own throttling error
 * - `fail`: 500
 * - `reject`: the service's 400, or the error that `code` names
 * - `hang`: no answer at all
 * - `cut`: the connection breaks, and nothing is done
 * - `lost`: everything is done, but the connection breaks before the answer
 * - `garbage`: 200 with something that is not JSON, and nothing is done
 * - `none`: no fault
 */
export const FAULTS = ['throttle', 'fail', 'reject', 'hang', 'cut', 'lost', 'garbage', 'none'] as const;
export type Fault = (typeof FAULTS)[number];

/** The fault that a request meets. */
export interface MetFault {
  readonly fault: Fault;
  /** With `reject`: the error's name, such as `AccessDeniedException`. Services without names for their errors ignore it. */
  readonly code?: string;
}

export interface FaultSetting extends MetFault {
  readonly operation: FaultedOperation;
  /** How many requests meet the fault; undefined for every request until the next setting. */
  readonly times?: number;
}

/** Artificial latency: a request takes effect at once, and its answer is sent this much later. */
export interface DelaySetting {
  readonly operation: FaultedOperation;
  /** 0 removes the delay. */
  readonly delayMillis: number;
}

export interface Faults {
  set(setting: FaultSetting): void;
  setDelay(setting: DelaySetting): void;
  /** Milliseconds to wait before the answer, by the first of these names that has a delay. */
  delayOf(...operations: string[]): number;
  /** The fault that this request meets, by the first of these names that has one; counts it. */
  next(...operations: string[]): MetFault;
}

export function createFaults(): Faults {
  const settings = new Map<string, { met: MetFault; left: number }>();
  const delays = new Map<string, number>();
  return {
    setDelay: ({ operation, delayMillis }) => void delays.set(operation, delayMillis),
    delayOf: (...operations) => operations.map((name) => delays.get(name) ?? 0).find(Boolean) ?? 0,
    set({ operation, times = Number.POSITIVE_INFINITY, ...met }) {
      settings.set(operation, { met, left: times });
    },
    next(...operations) {
      const setting = operations.map((name) => settings.get(name)).find((one) => one && one.left > 0);
      if (!setting) return { fault: 'none' };
      setting.left -= 1;
      return setting.met;
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
  const { code, times } = value;
  if (!operation) return `operation must be one of ${FAULTED_OPERATIONS.join(', ')}`;
  if (!fault) return `fault must be one of ${FAULTS.join(', ')}`;
  if (code !== undefined && !(fault === 'reject' && typeof code === 'string' && /^[\w.]+$/.test(code)))
    return 'code must be the name of an error, and goes with the fault reject only';
  const setting = { operation, fault, ...(code !== undefined && { code }) };
  if (times === undefined) return setting;
  return isWhole(times, 1) ? { ...setting, times } : 'times must be a whole number above zero';
}
