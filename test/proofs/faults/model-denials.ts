import { EVERYONE } from '../../../lambda/domain/denial.ts';
import type { Asked, Lift } from './model.ts';

/** The denied role sessions: all of a removed user, or those issued before the request. */
type Which = 'all' | 'older' | 'either';

/** A denial of a user's role sessions. It is sure unless the invocation that would enter it was abandoned. */
interface Denial extends Asked {
  which: Which;
  isSure: boolean;
  lifted: 'no' | 'maybe' | 'yes';
}

interface Denied {
  /** Users who must be denied in some way. */
  must: Set<string>;
  /** Users all of whose role sessions must be denied. */
  mustAll: Set<string>;
  may: Set<string>;
  mayAll: Set<string>;
}

export interface Denials {
  deny(asked: Asked, which: Which, isSure: boolean): void;
  lift(userId: string, lift: Lift): void;
  now(): Denied;
  /** Whether the company's own event about the user outweighed the directory at that time. */
  isByCompany(userId: string, then: number): boolean;
}

const HOUR = 3_600_000;
const ROLE_SESSION_MILLIS = 12 * HOUR;
const PORTAL_SESSION_MILLIS = 8 * HOUR;

export function createDenials(): Denials {
  const denials: Denial[] = [];
  let everyoneLiftedAt = Number.NEGATIVE_INFINITY;
  const isStandingWord = ({ word, at }: Asked, then: number) => word === 'company' && then - at < HOUR;

  function isInForce({ at, which, lifted }: Denial): boolean {
    const millis = ROLE_SESSION_MILLIS + (which === 'older' ? 0 : PORTAL_SESSION_MILLIS);
    return at + millis > Date.now() && lifted !== 'yes';
  }

  function isMeant({ what, until }: Lift, denial: Denial): boolean {
    if (what === 'all') return true;
    if (denial.which === 'older') return false;
    return what === 'removals' ? denial.at <= until : !isStandingWord(denial, Date.now());
  }

  return {
    deny(asked, which, isSure) {
      const { revocationId, userId } = asked;
      const known = denials.find((each) => each.revocationId === revocationId && each.userId === userId);
      // The call that pressed the red button was abandoned, so its entry may have been lifted before anybody knew of
      // it.
      const mayBeLifted = userId === EVERYONE && asked.at <= everyoneLiftedAt;
      if (!known) return void denials.push({ ...asked, which, isSure, lifted: mayBeLifted ? 'maybe' : 'no' });
      if (known.which !== which) known.which = 'either';
      // A lifted denial stays lifted.
      if (known.lifted === 'no') known.isSure ||= isSure;
    },
    lift(userId, lift) {
      if (userId === EVERYONE) everyoneLiftedAt = Date.now();
      for (const denial of denials) {
        if (denial.userId !== userId || !isInForce(denial) || !isMeant(lift, denial)) continue;
        const isSure = lift.isSure && denial.isSure && (lift.what === 'all' || denial.which === 'all');
        denial.lifted = isSure ? 'yes' : 'maybe';
      }
    },
    now() {
      const may = denials.filter(isInForce);
      const must = may.filter(({ isSure, lifted, which, at }) => {
        const isOver = which === 'either' && at + ROLE_SESSION_MILLIS <= Date.now();
        return isSure && lifted === 'no' && !isOver;
      });
      const ids = (list: Denial[]) => new Set(list.map(({ userId }) => userId));
      return {
        must: ids(must),
        mustAll: ids(must.filter(({ which }) => which === 'all')),
        may: ids(may),
        mayAll: ids(may.filter(({ which }) => which !== 'older')),
      };
    },
    isByCompany: (userId, then) =>
      denials.some((denial) => denial.userId === userId && isStandingWord(denial, then)),
  };
}
