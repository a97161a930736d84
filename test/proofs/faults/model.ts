import { createDenials, type Denials } from './model-denials.ts';
import { createDirectory, type DirectorySays } from './model-directory.ts';
import { createRefusals, type Refusals } from './model-refusals.ts';
import type { Session } from './system-people.ts';

/** The model's state of a session: `either` if an invocation was abandoned and nobody got a promise yet. */
export type State = 'alive' | 'dead' | 'either';

export interface ModelSession extends Session {
  state: State;
  /** When its registration was first tried, successful or not. */
  triedAt?: number;
  /** Its own revocation may be recorded as one that denies nobody: of a refused registration, or of an unknown user. */
  mayDenyNobody?: true;
  /** When the portal ends the session without us. */
  endsAt: number;
}

/** Who ends the sessions: somebody who signs the user out, the directory, or the company by its own event. */
export type Word = 'sign-out' | 'directory' | 'company';

export interface Asked {
  revocationId: string;
  userId: string;
  /** A sign-out does not concern later registrations. */
  at: number;
  word: Word;
  /** The revocation of everyone that this one belongs to denies its user. It has no denial of its own. */
  isDeniedAsEveryone?: boolean;
}

/** The sessions that a run of a revocation covers: those registered until then. */
export interface Scope {
  /** Must be covered. */
  must: number;
  /** May be covered. */
  may: number;
}

export interface Lift {
  /** `removals`: those requested until then. `contradicted`: by the directory. */
  what: 'all' | 'removals' | 'contradicted';
  until: number;
  /** False if an invocation was abandoned. */
  isSure: boolean;
}

interface Revocation extends Asked {
  isCompleted: boolean;
}

export const [MINUTE, HOUR] = [60_000, 3_600_000];
const ALL = Number.POSITIVE_INFINITY;

/**
 * Who may still be signed in, who may sign in, and whose role sessions may still be allowed. It knows nothing about
 * how.
 */
export interface Model {
  sessions: ModelSession[];
  directory: DirectorySays;
  denials: Denials;
  refusals: Refusals;
  /** Sessions registered without what is needed to end them. Only their harmlessness for others is claimed. */
  spoilt: Session[];
  spoil(session: Session): Session;
  signedIn(session: Session): ModelSession;
  /** The first report of a revocation has the time of its request. */
  asked(asked: Asked): void;
  /** When it was requested; undefined for an unknown one. */
  askedAt(revocationId: string): number | undefined;
  isOpen(revocationId: string): boolean;
  /** A run worked on it. @param isCompleted - according to its record */
  ran(revocationId: string, isCompleted: boolean): void;
  /** Ended by its token. @param named - whether the caller named the user */
  ended(session: ModelSession, named: boolean): void;
  mayBeEnded(session: ModelSession): void;
  /** It was registered while its user was being revoked. The user's revocation denies, not its own. */
  refused(session: ModelSession): void;
  mayBeRefused(session: ModelSession): void;
  lifted(userId: string, lift: Lift): void;
}

export function createModel(): Model {
  const sessions: ModelSession[] = [];
  const spoilt: Session[] = [];
  const revocations = new Map<string, Revocation>();
  const directory = createDirectory();
  const denials = createDenials();
  const refusals = createRefusals(directory);
  const mayEnd = (session: ModelSession) => {
    if (session.state === 'alive') session.state = 'either';
  };
  const deny = ({ sessionId, userId }: Session, isSure: boolean) =>
    denials.deny({ revocationId: sessionId, userId, at: Date.now(), word: 'sign-out' }, 'older', isSure);

  /** A removal covers all sessions until the person is back. Then it is a sign-out. */
  function scopeOf(asked: Asked): Scope {
    const { userId, at, word } = asked;
    if (word === 'sign-out') return { must: at, may: at };
    const [isGone, isThere] = [directory.mayBeGone(userId), directory.mayBeThere(userId)];
    const back = refusals.isBackSince(userId, at);
    if (word === 'company' && Date.now() - at < HOUR) {
      return { must: back === 'no' ? ALL : at, may: back === 'yes' ? at : ALL };
    }
    return { must: isThere || back !== 'no' ? at : ALL, may: isGone ? ALL : at };
  }

  return {
    ...{ sessions, spoilt, directory, denials, refusals },
    spoil(session) {
      spoilt.push(session);
      return session;
    },
    signedIn(session) {
      const added: ModelSession = { ...session, state: 'alive', endsAt: Date.now() + 8 * HOUR };
      sessions.push(added);
      return added;
    },
    asked(asked) {
      if (!revocations.has(asked.revocationId))
        revocations.set(asked.revocationId, { ...asked, isCompleted: false });
    },
    askedAt: (revocationId) => revocations.get(revocationId)?.at,
    isOpen: (revocationId) => revocations.get(revocationId)?.isCompleted === false,
    ran(revocationId, isCompleted) {
      const revocation = revocations.get(revocationId);
      // Repeating a completed revocation changes nothing.
      if (!revocation || revocation.isCompleted) return;
      const { must, may } = scopeOf(revocation);
      for (const session of sessions) {
        const { userId, acceptedAt = ALL, triedAt = ALL } = session;
        if (userId !== revocation.userId || triedAt === ALL) continue;
        if (isCompleted && acceptedAt !== ALL && acceptedAt <= must) session.state = 'dead';
        else if (triedAt <= may) mayEnd(session);
      }
      revocation.isCompleted = isCompleted;
      const denied = must === may ? (must === ALL ? 'all' : 'older') : 'either';
      const isSure = isCompleted && refusals.isBackSince(revocation.userId, revocation.at) === 'no';
      if (!revocation.isDeniedAsEveryone) denials.deny(revocation, denied, isSure);
      refusals.refuse(revocation, isCompleted);
    },
    ended(session, named) {
      session.state = 'dead';
      if (!named) session.mayDenyNobody = true;
      deny(session, !session.mayDenyNobody);
    },
    refused(session) {
      session.state = 'dead';
      session.mayDenyNobody = true;
    },
    mayBeRefused(session) {
      mayEnd(session);
      session.mayDenyNobody = true;
    },
    mayBeEnded(session) {
      mayEnd(session);
      session.mayDenyNobody = true;
      deny(session, false);
    },
    lifted(userId, lift) {
      denials.lift(userId, lift);
      refusals.lift(userId, lift);
    },
  };
}
