import type { RevocationPage } from '../../lambda/domain/record/read-revocation.ts';
import type { Outcome } from '../../lambda/domain/revocation.ts';

/** The time at which the pages of these revocations are read. */
export const NOW = new Date('2026-11-22T08:42:17.000Z');

const USER = '906791299c-0a1b2c3d-1111-4222-8333-444455556666';
const NOBODY = { found: 0, loggedOut: 0, alreadyInvalid: 0, pending: 0, failed: 0 };
const session = (letter: string, outcome: Outcome, second: number, error?: string) => ({
  sessionId: letter.repeat(43),
  outcome,
  at: `2026-11-22T08:37:${second}.196Z`,
  attempts: outcome === 'FAILED' ? 12 : 1,
  registeredWith: letter.startsWith('x')
    ? 'aws-cli/2.31.35 md/awscrt#0.28.4 ua/2.1 os/macos#25.1.0 md/arch#arm64 lang/python#3.13.9 cfg/retry-mode#standard'
    : 'icr/1.0.0 (darwin; arm64)',
  ...(error !== undefined && { error }),
});

/** A completed sign-out of a user who is denied. */
export const completed: RevocationPage = {
  revocationId: `user.${'o9IJUBczEL0'.repeat(4).slice(0, 43)}`,
  status: 'COMPLETED',
  subject: { userId: USER },
  recordedUserName: 'grace.hopper@example.com',
  source: 'http',
  requestedBy: 'arn:aws:sts::111122223333:assumed-role/offboarding/workflow',
  reason: 'Left the company on Friday (ticket HR-2041)',
  requestedAt: '2026-11-22T08:37:51.101Z',
  completedAt: '2026-11-22T08:37:53.196Z',
  sessions: { ...NOBODY, found: 3, loggedOut: 3 },
  roleSessions: {
    mayContinueUntil: '2026-11-23T04:37:51.101Z',
    deniedAt: '2026-11-22T08:37:57.412Z',
    deniedUntil: '2026-11-22T20:37:51.101Z',
    deniedIssuedBefore: '2026-11-22T08:37:52.000Z',
  },
  outcomes: [
    session('Qm3x-Zk8', 'LOGGED_OUT', 52),
    session('aB7_', 'LOGGED_OUT', 52),
    session('x9', 'LOGGED_OUT', 53),
  ].map((each) => ({ ...each, sessionId: each.sessionId.slice(0, 43) })),
};

const { completedAt: _, ...begun } = completed;

/** The same sign-out a second after the request. */
export const inProgress: RevocationPage = {
  ...begun,
  status: 'IN_PROGRESS',
  completedAt: null,
  sessions: { ...NOBODY, found: 3, loggedOut: 2, pending: 1 },
  roleSessions: {
    mayContinueUntil: '2026-11-23T04:37:51.101Z',
    deniedAt: null,
    notDenied: 'pending',
  },
  outcomes: completed.outcomes.map((each, index) =>
    index === 1 ? { ...each, outcome: 'PENDING', error: 'PortalThrottled' } : each,
  ),
};

/** A removal by an event, with one session and some access that could not be removed. */
export const failed: RevocationPage = {
  ...begun,
  status: 'FAILED',
  next: {
    code: 'delete-active-sessions',
    detail:
      'A session could not be ended and may be alive. In the IAM Identity Center console, choose Users, the user, Active sessions, and Delete session.',
  },
  source: 'event',
  requestedBy: 'event 4c2f6a52-88d7-4f0e-9d0a-1be1ab5d8f10 of aws.identitystore',
  completedAt: null,
  sessions: { ...NOBODY, found: 3, loggedOut: 1, alreadyInvalid: 1, failed: 1 },
  roleSessions: {
    mayContinueUntil: '2026-11-23T04:42:17.000Z',
    deniedAt: '2026-11-22T08:37:57.412Z',
    deniedUntil: '2026-11-23T04:37:51.101Z',
  },
  access: {
    status: 'INCOMPLETE',
    assignments: { removed: 1, left: 0 },
    memberships: { removed: 0, left: 1 },
  },
  accessItems: [
    {
      kind: 'assignment',
      accountId: '111122223333',
      permissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-7223aabbccddeeff/ps-1122334455667788',
      state: 'REMOVED',
      at: '2026-11-22T08:37:54.880Z',
    },
    {
      kind: 'membership',
      groupId: '906791299c-4d5e6f70-1111-4222-8333-444455556666',
      state: 'LEFT',
      why: 'external-group',
      at: '2026-11-22T08:37:55.912Z',
    },
  ],
  outcomes: completed.outcomes.map((each, index) =>
    index === 0
      ? each
      : index === 1
        ? { ...each, outcome: 'FAILED', attempts: 12, error: 'PortalUnavailable' }
        : { ...each, outcome: 'ALREADY_INVALID', attempts: 2 },
  ),
};

/** A removal that ended and took away everything: its timeline has the most points. */
export const accessTaken: RevocationPage = {
  ...completed,
  access: {
    status: 'COMPLETED',
    assignments: { removed: 1, left: 0 },
    memberships: { removed: 0, left: 0 },
  },
  accessItems: (failed.accessItems ?? []).filter(({ state }) => state === 'REMOVED'),
};

/** A sign-out of a user without registered sessions. */
export const nothingHeld: RevocationPage = {
  ...completed,
  status: 'NOTHING_HELD',
  next: {
    code: 'delete-active-sessions',
    detail:
      'No session was held here, so none was ended. In the IAM Identity Center console, choose Users, the user, Active sessions, and Delete session.',
  },
  sessions: NOBODY,
  roleSessions: { mayContinueUntil: '2026-11-23T04:37:51.101Z', deniedAt: null, notDenied: 'switched-off' },
  outcomes: [],
};

/** The red button, still in progress. */
export const everyone: RevocationPage = {
  ...inProgress,
  revocationId: `everyone.${'Zt5'.repeat(15).slice(0, 43)}`,
  subject: { everyone: true },
  reason: 'Breach drill',
  except: [USER],
  sessions: { ...NOBODY, found: 1_204, loggedOut: 611, alreadyInvalid: 12, pending: 581 },
  users: (['COMPLETED', 'NOTHING_HELD', 'IN_PROGRESS', 'FAILED'] as const).map((status, index) => ({
    userId: `906791299c-0a1b2c3d-1111-4222-8333-44445555666${index}`,
    revocationId: `user.${String(index).repeat(43)}`,
    status,
    at: '2026-11-22T08:38:04.500Z',
    sessions: { ...NOBODY, found: index },
  })),
  outcomes: [],
};

/** An ended assignment with denied role sessions. */
export const endedAssignment: RevocationPage = {
  ...completed,
  revocationId: `assignment.${'k'.repeat(43)}`,
  subject: {
    userId: USER,
    assignment: {
      accountId: '111122223333',
      permissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-7223aabbccddeeff/ps-1122334455667788',
      permissionSetName: 'Developer',
    },
  },
  source: 'event',
  completedAt: '2026-11-22T08:37:57.412Z',
  sessions: NOBODY,
  outcomes: [],
};

/** An event with an unknown user name. */
export const nobody: RevocationPage = {
  ...failed,
  subject: { userName: 'jdoe.' },
  error: 'user-not-found',
  sessions: NOBODY,
  roleSessions: { mayContinueUntil: '2026-11-23T04:37:51.101Z', deniedAt: null, notDenied: 'user-unknown' },
  outcomes: [],
};
