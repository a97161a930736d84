import type { AccessStatus, ItemState, LeftReason } from '../domain/access.ts';
import type { Revocation, RoleSessions } from '../domain/record/describe-revocation.ts';
import type { Outcome, Source } from '../domain/revocation.ts';
import type { Tone } from './tones.ts';

/** A value of the record in words, with its tone. */
export interface Said {
  tone: Tone;
  text: string;
}

export const STATUSES: Record<Revocation['status'], Said> = {
  COMPLETED: { tone: 'good', text: 'Completed' },
  NOTHING_HELD: { tone: 'warn', text: 'Nothing was held' },
  IN_PROGRESS: { tone: 'calm', text: 'In progress' },
  FAILED: { tone: 'bad', text: 'Failed' },
};

export const OUTCOMES: Record<Outcome, Said> = {
  LOGGED_OUT: { tone: 'good', text: 'Logged out' },
  ALREADY_INVALID: { tone: 'warn', text: 'Already invalid' },
  PENDING: { tone: 'calm', text: 'Pending: may be alive' },
  FAILED: { tone: 'bad', text: 'Failed: may be alive' },
};

export const SOURCES: Record<Source, string> = {
  http: 'A call of the API',
  event: 'An event',
  sweep: 'The sweep, which looks for people who left',
};

export const NOT_DENIED: Record<NonNullable<RoleSessions['notDenied']>, Said> = {
  pending: { tone: 'calm', text: 'Not denied yet: the policy is not in place.' },
  'no-room': { tone: 'bad', text: 'Not denied: the policies are full, and an alarm is raised.' },
  lifted: { tone: 'warn', text: 'Not denied any more: somebody lifted the denial.' },
  'not-in-time': {
    tone: 'warn',
    text: 'Never denied: the policy was not in place in time. What it would have denied is over.',
  },
  'user-unknown': { tone: 'warn', text: 'Not denied: nobody knows whose role sessions to deny.' },
  'per-user': { tone: 'none', text: 'Not denied by this revocation: another one of this user decides.' },
  everyone: { tone: 'none', text: 'Denied by the revocation of everyone, which this one is part of.' },
  'switched-off': { tone: 'warn', text: 'Not denied: this stack has no deny list.' },
};

export const ACCESS: Record<AccessStatus, Said> = {
  PENDING: { tone: 'calm', text: 'Access is queued to be taken away.' },
  IN_PROGRESS: { tone: 'calm', text: 'Access is being taken away.' },
  COMPLETED: { tone: 'good', text: 'Nothing that the person had of their own is left.' },
  INCOMPLETE: { tone: 'bad', text: 'Some access is left. Take it away by hand.' },
  FAILED: {
    tone: 'bad',
    text: 'Taking access away was given up after half an hour. Redrive its dead-letter queue.',
  },
  STOPPED: {
    tone: 'warn',
    text: 'Stopped: the identity store says that the person may sign in. What was taken away is listed.',
  },
  RESTORING: { tone: 'calm', text: 'Some of it is given back. Send the request to restore again.' },
  RESTORED: { tone: 'none', text: 'All that was taken away is given back.' },
};

export const ITEMS: Record<ItemState, Said> = {
  FOUND: { tone: 'calm', text: 'Found, about to be taken away' },
  REMOVED: { tone: 'good', text: 'Taken away' },
  LEFT: { tone: 'bad', text: 'Left' },
  RESTORED: { tone: 'none', text: 'Given back' },
};

export const LEFT: Record<LeftReason, string> = {
  refused: 'IAM Identity Center refuses to take it away',
  'external-group': 'another directory owns the group: remove the person there',
  failed: 'the last attempt failed: redrive the dead-letter queue',
};
