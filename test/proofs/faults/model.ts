import { createDenials, type Denials } from './model-denials.ts';
import { createDirectory, type DirectorySays } from './model-directory.ts';
import { createRefusals, type Refusals } from './model-refusals.ts';
import type { Session } from './system-people.ts';

/** What the model says of a session: `either` where an invocation was abandoned and nobody was promised anything yet. */
export type State = 'alive' | 'dead' | 'either';

export interface ModelSession extends Session {
  state: State;
  /** When its registration was first tried, whatever became of that. */
  triedAt?: number;
  /** Its own revocation may be recorded as one that denies nobody: of a refused registration, or of nobody knows whom. */
  mayDenyNobody?: true;
  /** When the portal ends it by itself. */
  endsAt: number;
}

/** Who says that the sessions are to end: somebody who signs the user out, the directory, or the company by its own event. */
export type Word = 'sign-out' | 'directory' | 'company';

export interface Asked {
  revocationId: string;
  userId: string;
  /** Whatever was registered later is no business of a sign-out. */
  at: number;
  word: Word;
  /** The revocation of everyone that it is part of denies its user: it has no denial of its own. */
  isDeniedAsEveryone?: boolean;
}

/** What a run of a revocation covers: sessions that were registered until then. */
export interface Scope {
  /** Surely. */
  must: number;
  /** At the most. */
  may: number;
}

export interface Lift {
  /** `removals`: that were asked for until then; `contradicted`: by the directory. */
  what: 'all' | 'removals' | 'contradicted';
  until: number;
  /** Not where an invocation was abandoned. */
  isSure: boolean;
}

interface Revocation extends Asked {
  isCompleted: boolean;
}

export const [MINUTE, HOUR] = [60_000, 3_600_000];
const ALL = Number.POSITIVE_INFINITY;

/** Who may still be signed in, who may sign in, and whose role sessions may still be allowed. Knows nothing of how that is done. */
export interface Model {
  sessions: ModelSession[];
  directory: DirectorySays;
  denials: Denials;
  refusals: Refusals;
  /** Registered with less than it takes to end them; only that they harm nobody else is claimed of these. */
  spoilt: Session[];
  spoil(session: Session): Session;
  signedIn(session: Session): ModelSession;
  /** The first time that a revocation is heard of says when it was asked for. */
  asked(asked: Asked): void;
  /** When it was; undefined of one that was not heard of. */
  askedAt(revocationId: string): number | undefined;
  isOpen(revocationId: string): boolean;
  /** Somebody was at it. @param isCompleted - by its record */
  ran(revocationId: string, isCompleted: boolean): void;
  /** By its token. @param named - whether the caller said whose it is */
  ended(session: ModelSession, named: boolean): void;
  mayBeEnded(session: ModelSession): void;
  /** It was begun while its user was being revoked: what denies the user is that revocation, not its own. */
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

  /** A removal covers all sessions, until the person is back: then it is a sign-out. */
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
      // To carry out again what is completed changes nothing.
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
