import { asDomainError, DomainError } from '../errors.ts';
import type { DenyPolicyStore } from '../ports.ts';
import { type DeniedUser, renderDenyPolicies } from './deny-policy.ts';

export interface PutPoliciesDeps {
  policies: DenyPolicyStore;
  /** In the order in which they are filled. */
  policyIds: string[];
  /** Quota of AWS Organizations for the text of a policy. */
  policyCharacters: number;
  /** Whether the policies were there before: then only what is a deny list already is written over. */
  adopted: boolean;
  pause: (millis: number, signal: AbortSignal) => Promise<unknown>;
}

export interface PutPolicies {
  /** Ids of the users whom a policy denies that is as it should be. */
  inPlace: Set<string>;
  /** Users for whom there is no room. */
  left: DeniedUser[];
  updated: number;
  /** One for each policy that could not be read or written. */
  failures: DomainError[];
}

/** A policy as it should be. */
interface Wanted {
  policyId: string;
  text: string;
  userIds: string[];
}

/** Waits before a busy policy is tried again. */
const PAUSES = [200, 400, 800, 1_600, 3_200];

/**
 * Has the policies deny these users and nobody else; writes those that say something else. Where one cannot be read or
 * written, the others take its users, as far as they have room. Only one may do this at a time,
 * because there is no conditional update: docs/facts.md § Service control policies.
 */
export async function putPolicies(
  deps: PutPoliciesDeps,
  users: DeniedUser[],
  signal: AbortSignal,
): Promise<PutPolicies> {
  const put: PutPolicies = { inPlace: new Set(), left: [], updated: 0, failures: [] };
  const texts = new Map<string, string>();
  let policyIds = deps.policyIds;
  while (policyIds.length > 0) {
    const room = { policies: policyIds.length, characters: deps.policyCharacters };
    const { policies, left } = renderDenyPolicies(users, room);
    const wanted = policies.map((policy, index) => ({
      policyId: policyIds[index] ?? '',
      text: policy.text,
      userIds: policy.users.map(({ userId }) => userId),
    }));
    const failed = await putAll(deps, wanted, texts, put, signal);
    if (failed === undefined) {
      return { ...put, left, inPlace: new Set(wanted.flatMap(({ userIds }) => userIds)) };
    }
    policyIds = policyIds.filter((policyId) => policyId !== failed);
  }
  return put;
}

/**
 * @param texts - of the policies as far as they were read or written; kept up
 * @returns the id of the first policy that failed
 */
async function putAll(
  deps: PutPoliciesDeps,
  wanted: Wanted[],
  texts: Map<string, string>,
  put: PutPolicies,
  signal: AbortSignal,
): Promise<string | undefined> {
  const unread = wanted.filter(({ policyId }) => !texts.has(policyId));
  for (const { policyId } of unread) {
    if (await hasFailed(put, async () => void texts.set(policyId, await readOne(deps, policyId, signal)))) {
      return policyId;
    }
  }
  for (const policy of inSafeOrder(wanted, texts)) {
    if (await hasFailed(put, () => writeOne(deps, policy, signal))) return policy.policyId;
    texts.set(policy.policyId, policy.text);
    put.updated += 1;
  }
  return undefined;
}

async function hasFailed(put: PutPolicies, act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return false;
  } catch (error) {
    put.failures.push(asDomainError(error));
    return true;
  }
}

/**
 * The policies that say something else than they should. One that lets go of somebody comes after the one that takes
 * over, so that nobody is let go in between; of two that exchange users, one has to come first.
 */
function inSafeOrder(wanted: Wanted[], texts: Map<string, string>): Wanted[] {
  const textOf = ({ policyId }: Wanted) => texts.get(policyId) ?? '';
  const all = new Set(wanted.flatMap(({ userIds }) => userIds));
  const isRight = (policy: Wanted) => isSame(textOf(policy), policy.text);
  const inPlace = new Set(wanted.filter(isRight).flatMap(({ userIds }) => userIds));
  let rest = wanted
    .filter((policy) => !isRight(policy))
    .map((policy) => {
      const moving = stringsIn(textOf(policy)).filter((id) => all.has(id) && !policy.userIds.includes(id));
      return { ...policy, moving };
    });
  const ordered: Wanted[] = [];
  for (;;) {
    const next = rest.find(({ moving }) => moving.every((id) => inPlace.has(id))) ?? rest[0];
    if (!next) return ordered;
    rest = rest.filter((policy) => policy !== next);
    for (const id of next.userIds) inPlace.add(id);
    ordered.push(next);
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

async function readOne(deps: PutPoliciesDeps, policyId: string, signal: AbortSignal): Promise<string> {
  const text = await whileBusy(deps, () => deps.policies.read(policyId, signal), signal);
  // A mistaken id would cost somebody else's policy its text, which nobody could bring back.
  if (!deps.adopted || /"identitystore:userid"/i.test(text)) return text;
  throw new DomainError(
    'policy-refused',
    'A policy to be filled is no deny list: it has no condition on identitystore:UserId. Put one into it, or correct the id.',
  );
}

async function writeOne(
  deps: PutPoliciesDeps,
  { policyId, text }: Wanted,
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
      // Out of time, it is the policy that failed.
      await pause(millis, signal).catch(() => Promise.reject(error));
    }
  }
}
