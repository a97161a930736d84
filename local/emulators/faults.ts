/** What can be made to go wrong. */
export const FAULTED_OPERATIONS = ['logout', 'token'] as const;
export type FaultedOperation = (typeof FAULTED_OPERATIONS)[number];

/**
 * - `throttle`: 429
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

export interface Faults {
  set(setting: FaultSetting): void;
  /** The fault that this request meets; counts it. */
  next(operation: string): Fault;
}

export function createFaults(): Faults {
  const settings = new Map<string, { fault: Fault; left: number }>();
  return {
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

/** @returns the setting, or a sentence that says what is wrong with it */
export function parseFaultSetting(value: Readonly<Record<string, unknown>>): FaultSetting | string {
  const operation = FAULTED_OPERATIONS.find((known) => known === value.operation);
  const fault = FAULTS.find((known) => known === value.fault);
  const { times } = value;
  if (!operation) return `operation must be one of ${FAULTED_OPERATIONS.join(', ')}`;
  if (!fault) return `fault must be one of ${FAULTS.join(', ')}`;
  if (times === undefined) return { operation, fault };
  if (!Number.isInteger(times) || Number(times) < 1) return 'times must be a whole number above zero';
  return { operation, fault, times: Number(times) };
}
