import type { Clock } from '../../ground/clock.ts';
import { type Assignment, keyOf } from './assignment.ts';
import { type Change, type ChangeKind, type Changes, createChanges } from './changes.ts';
import { createPermissionSets, type PermissionSets } from './permission-sets.ts';

/** How long changes take, which of them fail, and how long pages are. */
export interface AssignmentSettings {
  /** The time from the request of a change to its end, by the emulator's clock. */
  readonly changeMillis: number;
  /** The management account, as a delegated administrator sees it: its assignments cannot be changed. */
  readonly lockedAccountId: string | undefined;
  /** The reason with which the next requested change fails. It changes nothing. */
  readonly failNext: string | undefined;
  /** The highest number of assignments on one page. */
  readonly pageSize: number;
}

/** The account assignments of an Identity Center instance. */
export interface Assignments {
  readonly permissionSets: PermissionSets;
  /** Adds an assignment at once, without a change. An existing one stays. */
  assign(assignment: Assignment): void;
  has(assignment: Assignment): boolean;
  all(): Assignment[];
  /** The assignments of these principals. */
  of(principalIds: readonly string[]): Assignment[];
  /** Begins a change. @returns undefined while another change of that assignment is under way */
  request(kind: ChangeKind, assignment: Assignment): Change | undefined;
  status(kind: ChangeKind, requestId: string): Change | undefined;
  settings(): AssignmentSettings;
  set(settings: Partial<AssignmentSettings>): void;
}

export function createAssignments(clock: Clock): Assignments {
  const assignments = new Map<string, Assignment>();
  const changes: Changes = createChanges(clock, ({ kind, assignment }) => {
    if (kind === 'create') assignments.set(keyOf(assignment), assignment);
    else assignments.delete(keyOf(assignment));
  });
  let settings: AssignmentSettings = {
    changeMillis: 1_000,
    lockedAccountId: undefined,
    failNext: undefined,
    pageSize: 100,
  };
  /** Carries out the changes that are due, and returns the assignments. */
  const current = () => {
    changes.settle();
    return assignments;
  };
  return {
    permissionSets: createPermissionSets(),
    assign: (assignment) => void current().set(keyOf(assignment), assignment),
    has: (assignment) => current().has(keyOf(assignment)),
    all: () => [...current().values()],
    of: (principalIds) => [...current().values()].filter((one) => principalIds.includes(one.principalId)),
    request(kind, assignment) {
      const { changeMillis, failNext } = settings;
      const change = changes.begin(kind, keyOf(assignment), assignment, changeMillis, failNext);
      if (change) settings = { ...settings, failNext: undefined };
      return change;
    },
    status: (kind, requestId) => changes.find(kind, requestId),
    settings: () => settings,
    set(some) {
      settings = { ...settings, ...some };
    },
  };
}
