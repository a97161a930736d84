import type { Revocation } from '../domain/record/describe-revocation.ts';
import type { Subject } from '../domain/revocation.ts';
import type { Tone } from './tones.ts';
import { STATUSES } from './words.ts';

/** What a page says first about a revocation. Each list has whole sentences. */
export interface Verdict {
  tone: Tone;
  headline: string;
  promises: string[];
  doesNot: string[];
}

export type Kind = 'session' | 'user' | 'assignment' | 'name' | 'everyone';

export function kindOf(subject: Subject): Kind {
  if ('everyone' in subject) return 'everyone';
  if ('sessionId' in subject) return 'session';
  if ('assignment' in subject) return 'assignment';
  return 'userName' in subject ? 'name' : 'user';
}

/** What the status promises and what it does not, in words. */
export function verdictOf(revocation: Revocation): Verdict {
  const { tone } = STATUSES[revocation.status];
  const kind = kindOf(revocation.subject);
  if (kind === 'name' || revocation.error !== undefined) return { tone, ...NOBODY };
  if (kind === 'assignment') return { tone, ...OF_ASSIGNMENT[revocation.status] };
  const { headlines, promises, doesNot } = OF_SESSIONS[revocation.status];
  const { alreadyInvalid } = revocation.sessions;
  return {
    tone,
    headline: headlines[kind],
    promises,
    doesNot: [
      ...doesNot,
      ...(alreadyInvalid > 0
        ? ['A token that was invalid already does not prove that its sign-in session is over.']
        : []),
      UNREGISTERED[kind],
    ],
  };
}

const UNREGISTERED: Record<'session' | 'user' | 'everyone', string> = {
  session: 'The person may have other sessions: this revocation is about one.',
  user: 'A session that nobody registered here is not known, so it was neither counted nor ended.',
  everyone: 'Sessions that nobody registered here are not known, so they were neither counted nor ended.',
};

const OF_SESSIONS: Record<
  Revocation['status'],
  { headlines: Record<'session' | 'user' | 'everyone', string> } & Pick<Verdict, 'promises' | 'doesNot'>
> = {
  COMPLETED: {
    headlines: {
      session: 'The session is ended',
      user: 'Every session that was held is ended',
      everyone: 'Every session that was held, of everyone, is ended',
    },
    promises: ['At least one session was known here. Every one is ended, and that is recorded.'],
    doesNot: [],
  },
  NOTHING_HELD: {
    headlines: {
      session: 'Done, but the session was not held any more',
      user: 'Done, but no session was held',
      everyone: 'Done, but no session of anybody was held',
    },
    promises: ['The work is done. No session was held, so none was ended.'],
    doesNot: ['It does not say that the person is signed out.'],
  },
  IN_PROGRESS: {
    headlines: {
      session: 'The session is being ended',
      user: 'Sessions are being ended',
      everyone: 'Sessions of everyone are being ended',
    },
    promises: ['Workers go on by themselves. What is not ended yet is still held.'],
    doesNot: ['A session that is pending may be alive.'],
  },
  FAILED: {
    headlines: {
      session: 'The session could not be ended',
      user: 'A session could not be ended',
      everyone: 'Not every session could be ended',
    },
    promises: ['An alarm is raised. A redrive, or the sweep, tries again what is still held.'],
    doesNot: ['A session that failed may be alive.'],
  },
};

const OF_ASSIGNMENT: Record<Revocation['status'], Omit<Verdict, 'tone'>> = {
  COMPLETED: {
    headline: 'What the ended assignment gave is denied',
    promises: ['A policy denies the role sessions of this permission set in this account.'],
    doesNot: [
      'It ends no sign-in session, and denies nothing of other accounts or permission sets.',
      'A policy takes some time until it holds everywhere.',
    ],
  },
  // The revocation of an ended assignment looks for no sessions, so it never has this status.
  NOTHING_HELD: { headline: 'Nothing was denied', promises: [], doesNot: [] },
  IN_PROGRESS: {
    headline: 'What the ended assignment gave is about to be denied',
    promises: ['The denial is asked for. The policies follow within minutes.'],
    doesNot: ['Role sessions of this permission set may still work.'],
  },
  FAILED: {
    headline: 'What the ended assignment gave is not denied',
    promises: ['The record says why: see below.'],
    doesNot: ['Role sessions of this permission set may work until they are over.'],
  },
};

const NOBODY: Omit<Verdict, 'tone'> = {
  headline: 'Nothing was done: nobody has this user name',
  promises: ['An alarm is raised. No session was looked for.'],
  doesNot: [
    'Nobody is signed out and nobody is denied.',
    'If the name was misspelt, the person who was meant is still signed in: revoke them by their user id.',
  ],
};
