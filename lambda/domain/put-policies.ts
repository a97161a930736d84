import type { DenyPolicy } from './deny-policy.ts';
import { asDomainError, DomainError } from './errors.ts';
import type { DenyPolicyStore } from './ports.ts';

export interface PutPoliciesDeps {
  policies: DenyPolicyStore;
  /** In the order in which they are filled. */
  policyIds: string[];
  pause: (millis: number, signal: AbortSignal) => Promise<unknown>;
}

/** Waits before a busy policy is tried again. */
const PAUSES = [200, 400, 800, 1_600, 3_200];

export interface InPlace {
  /** Users whom a policy that is as it should be denies. */
  inPlace: Set<string>;
  updated: number;
  failures: DomainError[];
}

interface PolicyToWrite {
  policyId: string;
  text: string;
  userIds: string[];
  /** Users whom it denies so far, and another policy is to. */
  moving: string[];
}

/**
 * A policy that lets go of somebody is written after the one that takes over, so that nobody is let go in between; where
 * that one fails, it is left as it is. Two that exchange users are written one right after the other.
 */
export async function putInPlace(
  deps: PutPoliciesDeps,
  policies: DenyPolicy[],
  signal: AbortSignal,
): Promise<InPlace> {
  const result: InPlace = { inPlace: new Set(), updated: 0, failures: [] };
  let toWrite = await differing(deps, policies, result, signal);
  while (toWrite.length > 0) {
    const isSafe = ({ moving }: PolicyToWrite) => moving.every((userId) => result.inPlace.has(userId));
    const next = toWrite.find(isSafe) ?? (result.failures.length === 0 ? toWrite[0] : undefined);
    if (!next) {
      result.failures.push(...toWrite.map(stillNeeded));
      break;
    }
    toWrite = toWrite.filter((policy) => policy !== next);
    await attempt(result, async () => {
      await write(deps, next, signal);
      result.updated += 1;
      return next.userIds;
    });
  }
  return result;
}

/** Reads the policies. @returns those that say something else than they should */
async function differing(
  deps: PutPoliciesDeps,
  policies: DenyPolicy[],
  result: InPlace,
  signal: AbortSignal,
): Promise<PolicyToWrite[]> {
  const denied = new Set(policies.flatMap(({ users }) => users.map(({ userId }) => userId)));
  const toWrite: PolicyToWrite[] = [];
  for (const [index, { text, users }] of policies.entries()) {
    const policyId = deps.policyIds[index] ?? '';
    const userIds = users.map(({ userId }) => userId);
    await attempt(result, async () => {
      const current = await whileBusy(deps, () => deps.policies.read(policyId, signal), signal);
      if (isSame(current, text)) return userIds;
      const moving = stringsIn(current).filter((id) => denied.has(id) && !userIds.includes(id));
      toWrite.push({ policyId, text, userIds, moving });
      return [];
    });
  }
  return toWrite;
}

/** @param act - answers the users who are denied by it */
async function attempt(result: InPlace, act: () => Promise<string[]>): Promise<void> {
  try {
    for (const userId of await act()) result.inPlace.add(userId);
  } catch (error) {
    result.failures.push(asDomainError(error));
  }
}

async function write(
  deps: PutPoliciesDeps,
  { policyId, text }: PolicyToWrite,
  signal: AbortSignal,
): Promise<void> {
  let isRepeated = false;
  const once = async () => {
    // What looked like a failure may have been a lost answer.
    const isDone = isRepeated && isSame(await deps.policies.read(policyId, signal), text);
    isRepeated = true;
    if (!isDone) await deps.policies.write(policyId, text, signal);
  };
  await whileBusy(deps, once, signal);
}

async function whileBusy<T>(
  { pause }: PutPoliciesDeps,
  act: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (const pauses = PAUSES.values(); ; ) {
    try {
      return await act();
    } catch (error) {
      const { value: millis } = pauses.next();
      if (millis === undefined || asDomainError(error).code !== 'policy-busy') throw error;
      await pause(millis, signal);
    }
  }
}

/** The ids in a policy, among other strings. */
function stringsIn(text: string): string[] {
  return text.match(/[\w-]+(?=")/g) ?? [];
}

/** White space apart, which a person may have added. */
function isSame(current: string, text: string): boolean {
  try {
    return JSON.stringify(JSON.parse(current)) === text;
  } catch {
    return false;
  }
}

function stillNeeded(): DomainError {
  return new DomainError('policy-refused', 'It denies users who were to move to a policy that failed.');
}
