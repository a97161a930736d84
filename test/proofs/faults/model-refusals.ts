import type { Asked, Lift } from './model.ts';
import type { DirectorySays } from './model-directory.ts';

/**
 * Sign-ins that are refused: for a time after the user's sessions were to end, and as long as the directory says so.
 */
export interface Refusals {
  refuse(asked: Asked, isSure: boolean): void;
  lift(userId: string, lift: Lift): void;
  /** Whether the user was let in again since then. */
  isBackSince(userId: string, at: number): 'yes' | 'maybe' | 'no';
  /** Whether no session of the user may be registered now. */
  must(userId: string): boolean;
  may(userId: string): boolean;
}

interface Refusal extends Asked {
  /** The earliest end, and the latest. */
  surelyUntil: number;
  until: number;
}

const [SECOND, HOUR, DAY] = [1_000, 3_600_000, 86_400_000];

export function createRefusals(directory: DirectorySays): Refusals {
  const refusals: Refusal[] = [];
  const lifts: (Lift & { userId: string; at: number })[] = [];
  const own = (userId: string) => refusals.filter((refusal) => refusal.userId === userId);

  function isBackSince(userId: string, at: number): 'yes' | 'maybe' | 'no' {
    const since = lifts.filter((lift) => lift.userId === userId && lift.until >= at);
    if (since.some(({ isSure, what }) => isSure && what !== 'contradicted')) return 'yes';
    return since.length > 0 ? 'maybe' : 'no';
  }

  /** The longest possible time. */
  function longest({ userId, at, word }: Asked): number {
    if (word === 'company' && Date.now() - at < HOUR) return at + HOUR;
    return word !== 'sign-out' && directory.mayBeDeleted(userId) ? at + 90 * DAY : at + 30 * SECOND;
  }

  return {
    isBackSince,
    refuse(asked, isSure) {
      const { revocationId, userId, at, word } = asked;
      if (isBackSince(userId, at) === 'yes') return;
      let known = own(userId).find((refusal) => refusal.revocationId === revocationId);
      if (!known) {
        known = { ...asked, until: 0, surelyUntil: 0 };
        refusals.push(known);
      }
      const isByCompany = word === 'company' && Date.now() - at < HOUR;
      known.until = Math.max(known.until, longest(asked));
      if (isSure) known.surelyUntil = at + (isByCompany ? HOUR : 30 * SECOND);
    },
    lift(userId, lift) {
      const now = Date.now();
      lifts.push({ ...lift, userId, at: now });
      for (const refusal of own(userId)) {
        const isMeant = lift.what !== 'contradicted' || refusal.until - now > HOUR;
        if (lift.isSure && isMeant && refusal.at <= lift.until) refusal.until = 0;
      }
    },
    must(userId) {
      if (!directory.isEnabled(userId)) return true;
      const isLiftedSince = (at: number) => lifts.some((lift) => lift.userId === userId && lift.at >= at);
      return own(userId).some(({ at, surelyUntil }) => surelyUntil > Date.now() && !isLiftedSince(at));
    },
    may: (userId) => !directory.isEnabled(userId) || own(userId).some(({ until }) => until > Date.now()),
  };
}
