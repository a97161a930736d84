import type { Session } from './system-people.ts';

/** What the model says of a session: `either` where an invocation was abandoned and nobody was promised anything yet. */
export type State = 'alive' | 'dead' | 'either';

export interface ModelSession extends Session {
  state: State;
  /** An invocation that was to register it was abandoned. */
  isMaybeHeld: boolean;
  /** When the portal ends it by itself. */
  endsAt: number;
}

/** A denial of a user's role sessions; `maybe` after a crash. */
interface Denial {
  revocationId: string;
  userId: string;
  until: number;
  removed: boolean;
  sure: boolean;
  lifted: 'no' | 'maybe' | 'yes';
}

interface Revocation {
  isCompleted: boolean;
  /** When an invocation that had begun with it was abandoned for the first time. */
  crashedAt?: number;
}

const ROLE_SESSION_MILLIS = 12 * 60 * 60_000;

/** Who may still be signed in, and whose role sessions may still be allowed. Knows nothing of how that is done. */
export interface Model {
  sessions: ModelSession[];
  /** Registered with less than it takes to end them; only that they harm nobody else is claimed of these. */
  spoilt: Session[];
  spoil(session: Session): Session;
  signedIn(session: Session): ModelSession;
  /** All of the user's, or of all users', that are held end with this revocation, unless it was completed before. */
  revoked(revocation: { revocationId: string; userId: string; removed: boolean }): void;
  /** The same, if it came so far. */
  mayBeRevoked(revocation: { revocationId: string; userId: string; removed: boolean }): void;
  /** By its token. @param named - whether the caller said whose it is */
  ended(session: ModelSession, named: boolean): void;
  mayBeEnded(session: ModelSession): void;
  /** By a job for one session that came in under a fence: it denies nobody. */
  endedAlone(sessionId: string): void;
  mayBeEndedAlone(sessionId: string): void;
  /** It was begun while its user was being revoked: what denies the user is that revocation, not its own. */
  refused(session: ModelSession): void;
  /** Whether a revocation of that id was heard of. */
  knows(revocationId: string): boolean;
  /** Whether anybody tried to end sessions of this user. */
  isTouched(userId: string): boolean;
  lifted(userId: string, what: 'all' | 'removals'): void;
  /** An invocation that was to lift them was abandoned. */
  mayBeLifted(userId: string): void;
  /** Users who must be denied, and those who may be. */
  denied(): { must: Set<string>; may: Set<string> };
}

export function createModel(): Model {
  const sessions: ModelSession[] = [];
  const spoilt: Session[] = [];
  const revocations = new Map<string, Revocation>();
  const denials: Denial[] = [];
  const own = (userId: string) => sessions.filter((session) => session.userId === userId);
  const mayEnd = (session: ModelSession) => {
    if (session.state === 'alive') session.state = 'either';
  };

  function deny(denial: { revocationId: string; userId: string; removed: boolean; sure: boolean }): void {
    const known = denials.find(
      ({ revocationId, userId }) => revocationId === denial.revocationId && userId === denial.userId,
    );
    const until = Date.now() + ROLE_SESSION_MILLIS;
    if (!known) denials.push({ ...denial, until, lifted: 'no' });
    // One that was lifted stays so.
    else if (known.removed !== denial.removed) known.sure = false;
    else if (known.lifted === 'no') known.sure ||= denial.sure;
  }

  return {
    sessions,
    spoilt,
    spoil(session) {
      spoilt.push(session);
      return session;
    },
    signedIn(session) {
      const added: ModelSession = {
        ...session,
        state: 'alive',
        isMaybeHeld: false,
        endsAt: Date.now() + 8 * 60 * 60_000,
      };
      sessions.push(added);
      return added;
    },
    revoked(revocation) {
      const { revocationId, userId } = revocation;
      const known = revocations.get(revocationId) ?? { isCompleted: false };
      if (known.isCompleted) return;
      const { crashedAt = Number.POSITIVE_INFINITY } = known;
      for (const session of own(userId)) {
        const { acceptedAt, isMaybeHeld } = session;
        if (acceptedAt !== undefined && acceptedAt <= crashedAt) session.state = 'dead';
        else if (acceptedAt !== undefined || isMaybeHeld) mayEnd(session);
      }
      revocations.set(revocationId, { ...known, isCompleted: true });
      // Where it was completed by the one that crashed, a denial may have been lifted since.
      deny({ ...revocation, sure: known.crashedAt === undefined });
    },
    mayBeRevoked(revocation) {
      const { revocationId, userId } = revocation;
      const known = revocations.get(revocationId) ?? { isCompleted: false };
      if (known.isCompleted) return;
      for (const session of own(userId))
        if (session.acceptedAt !== undefined || session.isMaybeHeld) mayEnd(session);
      revocations.set(revocationId, { ...known, crashedAt: known.crashedAt ?? Date.now() });
      deny({ ...revocation, sure: false });
    },
    ended(session, named) {
      session.state = 'dead';
      deny({ revocationId: session.sessionId, userId: session.userId, removed: false, sure: named });
    },
    refused(session) {
      session.state = 'dead';
    },
    endedAlone(sessionId) {
      for (const session of sessions) if (session.sessionId === sessionId) session.state = 'dead';
    },
    mayBeEndedAlone(sessionId) {
      sessions.filter((session) => session.sessionId === sessionId).forEach(mayEnd);
    },
    mayBeEnded(session) {
      mayEnd(session);
      deny({ revocationId: session.sessionId, userId: session.userId, removed: false, sure: false });
    },
    knows: (revocationId) => revocations.has(revocationId),
    isTouched: (userId) => denials.some((denial) => denial.userId === userId),
    lifted(userId, what) {
      for (const denial of denials)
        if (denial.userId === userId && (what === 'all' || denial.removed) && denial.until > Date.now())
          denial.lifted = denial.sure ? 'yes' : 'maybe';
    },
    mayBeLifted(userId) {
      for (const denial of denials)
        if (denial.userId === userId && denial.lifted === 'no') denial.lifted = 'maybe';
    },
    denied() {
      const inForce = denials.filter(({ until, lifted }) => until > Date.now() && lifted !== 'yes');
      const ids = (list: Denial[]) => new Set(list.map(({ userId }) => userId));
      return { must: ids(inForce.filter(({ sure, lifted }) => sure && lifted === 'no')), may: ids(inForce) };
    },
  };
}
