import { type Deadline, hasTimeForPage, untilAnswer } from '../deadline.ts';
import { asDomainError, DomainError } from '../errors.ts';
import type { Pace } from '../pace.ts';
import type { Directory, DirectoryListing, UserStatus } from '../ports.ts';

export type SurveyedDirectory = Pick<Directory, 'statusOf'> & DirectoryListing;

export interface SurveyDeps {
  directory: SurveyedDirectory;
  /** Limits the rate of all requests to the identity store. */
  pace: Pace;
}

/** The users to ask about. */
export interface Wanted {
  /** If one of these seems to be disabled or deleted, a DescribeUser call must confirm it. */
  toConfirm: ReadonlySet<string>;
  /** These matter only if they may sign in. If one of them is missing from a complete listing, no lookup is needed. */
  others: ReadonlySet<string>;
}

export interface Surveyed {
  /** Calls that list users, failed calls included. */
  pagesListed: number;
  /** Calls that look up one user. */
  usersAsked: number;
  /** Users who were to be looked up, but got no answer. */
  unanswered: number;
  /** 1 if the listing failed, so that the remaining users were looked up one by one. */
  listingsFailed: number;
  /** Whether there was time for all users. */
  finished: boolean;
}

type Tell = (userId: string, status: UserStatus) => Promise<void>;

interface Survey {
  deps: SurveyDeps;
  tell: Tell;
  deadline: Deadline;
  signal: AbortSignal;
  /** Users whose status is not known yet. */
  open: Set<string>;
  /** Users of `toConfirm` who are listed as disabled. */
  suspects: Set<string>;
  surveyed: Surveyed;
}

/** After this many failed calls in a row, the identity store is down or throttles. More calls would make it worse. */
const SILENCE = 5;

/**
 * Finds out who may sign in, with at most about twice the minimum number of calls. One page of the listing has up to 100 users.
 * So the listing is read from its start as long as that saves calls. The remaining users are looked up one by one.
 *
 * A listing does not prove that a user is deleted. So each user of `toConfirm` who is listed as disabled, or missing, is looked
 * up. If the listing fails, all remaining users are looked up one by one, while there is time.
 *
 * @param tell - called with each status as soon as it is known. It may not be called for `others` who may not sign in
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

/** @returns whether the listing was read to its end */
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
 * While there are more users left than pages read, reading has cost less than looking these users up will. After that, reading
 * continues as long as each page has at least one of the users on average: a lookup of that user would cost the same.
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
