import { randomUUID } from 'node:crypto';
import type { Clock } from '../../ground/clock.ts';
import type { Assignment } from './assignment.ts';

export type ChangeKind = 'create' | 'delete';

/** A change of an assignment: Identity Center begins it at once, and ends it later. */
export interface Change {
  readonly requestId: string;
  readonly kind: ChangeKind;
  readonly assignment: Assignment;
  /** Milliseconds since the epoch. */
  readonly begun: number;
  readonly status: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';
  /** Only a failed change has one. */
  readonly failureReason?: string;
}

export interface Changes {
  /** @returns undefined while another change of the same assignment is under way */
  begin(
    kind: ChangeKind,
    key: string,
    assignment: Assignment,
    millis: number,
    failure: string | undefined,
  ): Change | undefined;
  find(kind: ChangeKind, requestId: string): Change | undefined;
  /** Ends the changes that are due. */
  settle(): void;
}

interface UnderWay {
  readonly key: string;
  readonly due: number;
  readonly failure: string | undefined;
}

/** @param carryOut - called for each change that succeeds, in the order in which they are due */
export function createChanges(clock: Clock, carryOut: (change: Change) => void): Changes {
  const changes = new Map<string, Change>();
  const underWay = new Map<string, UnderWay>();
  const end = (requestId: string, { failure }: UnderWay) => {
    underWay.delete(requestId);
    const change = changes.get(requestId);
    if (!change) return;
    const status = failure === undefined ? 'SUCCEEDED' : 'FAILED';
    changes.set(requestId, { ...change, status, ...(failure !== undefined && { failureReason: failure }) });
    if (failure === undefined) carryOut(change);
  };
  const settle = () => {
    const due = [...underWay].filter(([, one]) => one.due <= clock()).sort(([, a], [, b]) => a.due - b.due);
    for (const [requestId, one] of due) end(requestId, one);
  };
  return {
    settle,
    begin(kind, key, assignment, millis, failure) {
      settle();
      if ([...underWay.values()].some((one) => one.key === key)) return undefined;
      const requestId = randomUUID();
      const change: Change = { requestId, kind, assignment, begun: clock(), status: 'IN_PROGRESS' };
      changes.set(requestId, change);
      underWay.set(requestId, { key, due: change.begun + millis, failure });
      return change;
    },
    find(kind, requestId) {
      settle();
      const change = changes.get(requestId);
      return change?.kind === kind ? change : undefined;
    },
  };
}
