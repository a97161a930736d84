import type { Revocation } from '../../../lambda/domain/record/describe-revocation.ts';
import {
  countOf,
  type Outcome,
  type SessionCounts,
  type SessionOutcome,
} from '../../../lambda/domain/revocation.ts';

/** The end of a session, according to the portal and to the record. */
export interface Fate {
  sessionId: string;
  /** The session was over before the first revocation. */
  wasDead: boolean;
  isAlive: boolean;
  /**
   * The crash came between the session's Logout and its record. A repetition can only learn that the session is over.
   */
  isAnswerLost: boolean;
}

/** All that concerns a user once everything claims to be done. */
export interface Aftermath {
  fates: Fate[];
  /** Of all revocations of the user. */
  outcomes: SessionOutcome[];
  revocations: Pick<Revocation, 'status' | 'sessions'>[];
  /** Ids of the user's rows in the token cache, and of the user's jobs that are noted as under way. */
  held: string[];
  /** Absent if no fence is raised. */
  isFenced?: boolean;
  /** Absent if role sessions are not denied. */
  denial?: { isOnTheList: boolean; isSettled: boolean; isRecorded: boolean };
}

/** Everything that was lost, or is recorded falsely: one sentence each. */
export function losses(aftermath: Aftermath): string[] {
  const { fates, outcomes, held, isFenced, denial } = aftermath;
  const known = new Set(fates.map(({ sessionId }) => sessionId));
  const foreign = outcomes.filter(({ sessionId }) => !known.has(sessionId));
  return [
    ...fates.flatMap((fate) => lossesOf(fate, outcomes)),
    ...foreign.map(({ sessionId }) => `${sessionId} has an outcome, and was no session`),
    ...held.map((id) => `${id} is left in the token cache`),
    ...lossesOfRevocations(aftermath),
    ...unless(isFenced !== false, 'the fence is not up'),
    ...unless(denial?.isOnTheList !== false, 'the user is not on the deny list'),
    ...unless(denial?.isSettled !== false, 'the deny list takes the record for behind'),
    ...unless(denial?.isRecorded !== false, 'the record does not say that role sessions are denied'),
  ];
}

function lossesOf(fate: Fate, outcomes: SessionOutcome[]): string[] {
  const { sessionId, isAlive } = fate;
  const own = outcomes.filter((outcome) => outcome.sessionId === sessionId).map(({ outcome }) => outcome);
  const recorded = own.join(' and ') || 'nothing';
  const expected = expectedOf(fate);
  return [
    ...unless(!isAlive, `${sessionId} is alive`),
    ...unless(recorded === expected, `${sessionId} is recorded as ${recorded}, not as ${expected}`),
  ];
}

function lossesOfRevocations({ fates, revocations }: Aftermath): string[] {
  const expected = fates.map(expectedOf);
  const count = (wanted: Outcome) => expected.filter((outcome) => outcome === wanted).length;
  const counts: SessionCounts = {
    found: fates.length,
    loggedOut: count('LOGGED_OUT'),
    alreadyInvalid: count('ALREADY_INVALID'),
    pending: 0,
    failed: 0,
  };
  const wrong = Object.entries(counts).flatMap(([name, value]) => {
    const told = revocations.reduce((sum, { sessions }) => sum + sessions[name as keyof SessionCounts], 0);
    return unless(told === value, `${name} is ${told}, not ${value}`);
  });
  const open = revocations.filter(({ status }) => !isDone(status));
  return [
    ...unless(revocations.length > 0, 'there is no revocation'),
    ...open.map(({ status }) => `a revocation is ${status}`),
    ...wrong,
  ];
}

function expectedOf({ wasDead, isAnswerLost }: Fate): Outcome {
  return wasDead || isAnswerLost ? 'ALREADY_INVALID' : 'LOGGED_OUT';
}

/**
 * A revocation that found nothing is done, too: another one had ended all sessions, or the user had none. The counts
 * are compared with what was found.
 */
function isDone(status: Revocation['status']): boolean {
  return status === 'COMPLETED' || status === 'NOTHING_HELD';
}

function unless(holds: boolean, otherwise: string): string[] {
  return holds ? [] : [otherwise];
}

/** For users with several revocations at once: merges them into one, with the best outcome of each session. */
export function bestOf(aftermath: Aftermath): Aftermath {
  const { outcomes, revocations } = aftermath;
  const best = [...Map.groupBy(outcomes, ({ sessionId }) => sessionId).values()].flatMap(
    (own) => own.find(({ outcome }) => outcome === 'LOGGED_OUT') ?? own[0] ?? [],
  );
  const open = revocations.find(({ status }) => !isDone(status));
  const status = open?.status ?? 'COMPLETED';
  return { ...aftermath, outcomes: best, revocations: [{ status, sessions: countOf(best) }] };
}
