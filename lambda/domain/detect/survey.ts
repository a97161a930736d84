import { type Deadline, hasTimeForPage, untilAnswer } from '../deadline.ts';
import { asDomainError, DomainError } from '../errors.ts';
import type { Pace } from '../pace.ts';
import type { Directory, DirectoryListing, UserStatus } from '../ports.ts';

export type SurveyedDirectory = Pick<Directory, 'statusOf'> & DirectoryListing;

export interface SurveyDeps {
  directory: SurveyedDirectory;
  /** Keeps the identity store's request rate, whatever is asked. */
  pace: Pace;
}

/** The users to ask about. */
export interface Wanted {
  /** Only DescribeUser's word counts that one of these may not sign in. */
  toConfirm: ReadonlySet<string>;
  /** Of these, it is enough to know that they may sign in: whoever is not listed may not. */
  others: ReadonlySet<string>;
}

export interface Surveyed {
  /** Calls that listed users, also one that failed. */
  pagesListed: number;
  /** Calls that asked for one user. */
  usersAsked: number;
  /** Users without an answer. */
  unanswered: number;
  /** 1 if the listing broke off: then the rest was asked for one by one. */
  listingsFailed: number;
  /** Whether there was time for everybody. */
  finished: boolean;
}

type Tell = (userId: string, status: UserStatus) => Promise<void>;

interface Survey {
  deps: SurveyDeps;
  tell: Tell;
  deadline: Deadline;
  signal: AbortSignal;
  /** Nothing is known of these. */
  open: Set<string>;
  /** Listed as disabled, and to be confirmed. */
  suspects: Set<string>;
  surveyed: Surveyed;
}

/** After this many failed calls in a row, the identity store is down or throttles. More calls would make it worse. */
const SILENCE = 5;

/**
 * Finds out who may sign in, with at most about twice as many calls as it takes at the least. A page of the listing answers for
 * up to 100 users, so it is read from the beginning as long as that pays; who is left is asked for one by one.
 *
 * A listing does not prove that a user is deleted. So each user who is listed as disabled, or missing, is looked up. If the
 * listing breaks off, the remaining users are looked up one by one, while there is time.
 *
 * @param tell - is told of each answer as soon as it is known; of `others` who may not sign in, perhaps nothing
 */
export async function survey(
  deps: SurveyDeps,
  { toConfirm, others }: Wanted,
  tell: Tell,
  deadline: Deadline,
): Promise<Surveyed> {
  const surveyed = { pagesListed: 0, usersAsked: 0, unanswered: 0, listingsFailed: 0, finished: true };
  const open = new Set([...toConfirm, ...others]);
  const signal = untilAnswer(deadline);
  const running: Survey = { deps, tell, deadline, signal, open, suspects: new Set(), surveyed };
  const isComplete = await list(running, toConfirm);
  const missing = isComplete ? [...open].filter((userId) => toConfirm.has(userId)) : [...open];
  await ask(running, [...running.suspects, ...missing]);
  return surveyed;
}

/** @returns whether everybody was listed */
async function list(running: Survey, toConfirm: ReadonlySet<string>): Promise<boolean> {
  const { deps, deadline, signal, surveyed, open } = running;
  const atFirst = open.size;
  const cursors = new Set<string>();
  let cursor: string | undefined;
  while (isWorthAPage(open.size, atFirst - open.size, surveyed.pagesListed) && hasTimeForPage(deadline)) {
    await deps.pace(signal);
    surveyed.pagesListed += 1;
    const page = await deps.directory.page(cursor, signal).catch(asDomainError);
    // Required: a listing that repeats a cursor would never end, and may have skipped users.
    if (page instanceof DomainError || (page.next !== undefined && cursors.has(page.next))) {
      surveyed.listingsFailed = 1;
      return false;
    }
    for (const { userId, status } of page.users) {
      if (status === undefined || !open.delete(userId)) continue;
      if (status === 'disabled' && toConfirm.has(userId)) running.suspects.add(userId);
      else await running.tell(userId, status);
    }
    if (page.next === undefined) return true;
    cursor = page.next;
    cursors.add(cursor);
  }
  return false;
}

/**
 * Until as many pages were read as users are left, reading has not cost more than asking for them will. It goes on as long as
 * each page answers for at least one user on average: that is as cheap.
 */
function isWorthAPage(left: number, answered: number, pages: number): boolean {
  return left > 0 && (left > pages || answered >= pages);
}

async function ask({ deps, tell, deadline, signal, surveyed }: Survey, userIds: string[]): Promise<void> {
  let silent = 0;
  for (const userId of userIds) {
    if (!hasTimeForPage(deadline)) surveyed.finished = false;
    if (!surveyed.finished || silent >= SILENCE) {
      surveyed.unanswered += 1;
      continue;
    }
    await deps.pace(signal);
    surveyed.usersAsked += 1;
    const answer = await deps.directory.statusOf(userId, signal).catch(asDomainError);
    if (answer instanceof DomainError) {
      surveyed.unanswered += 1;
      silent += 1;
    } else {
      silent = 0;
      await tell(userId, answer);
    }
  }
}
