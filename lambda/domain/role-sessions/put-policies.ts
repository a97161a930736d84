import { asDomainError, DomainError } from '../errors.ts';
import type { DenyPolicyStore } from '../ports.ts';
import { renderDenyPolicies } from './deny-policy.ts';
import type { ToDeny } from './deny-statement.ts';
import { EMPTY_CHARACTERS } from './policy-draft.ts';
import { statedIn } from './policy-text.ts';

export interface PutPoliciesDeps {
  policies: DenyPolicyStore;
  /** In the order in which they are filled. */
  policyIds: string[];
  /** The quota of AWS Organizations for the text of a policy. */
  policyCharacters: number;
  /** Whether the policies existed before the stack. Then a policy is overwritten only if it already is a deny list. */
  adopted: boolean;
  pause: (millis: number, signal: AbortSignal) => Promise<unknown>;
}

export interface PutPolicies {
  /** The denials that are in place, each with the cutoff that its policy states. */
  inPlace: Map<ToDeny, Date | undefined>;
  /** Denials without room. */
  left: ToDeny[];
  updated: number;
  /** How much of the policies' room is used, 0 to 100. The text of an empty list does not count. */
  percentFull: number;
  /** One for each policy that could not be read or written. */
  failures: DomainError[];
}

/** A policy with the text that it should have. */
interface Wanted {
  policyId: string;
  text: string;
}

/** Waits before a busy policy is tried again. */
const PAUSES = [200, 400, 800, 1_600, 3_200];

/**
 * Makes the policies state exactly these denials, and writes only the policies whose text differs. If one cannot be read or
 * written, the others take its denials, as far as they have room. Only one run may do this at a time, because there is no
 * conditional update: docs/facts.md § Service control policies.
 */
export async function putPolicies(
  deps: PutPoliciesDeps,
  denials: ToDeny[],
  signal: AbortSignal,
): Promise<PutPolicies> {
  const put: PutPolicies = { inPlace: new Map(), left: [], updated: 0, percentFull: 0, failures: [] };
  const texts = await readAll(deps, put, signal);
  while (texts.size > 0) {
    const room = { policies: texts.size, characters: deps.policyCharacters };
    const policyIds = [...texts.keys()];
    const { policies, left } = renderDenyPolicies(denials, room, [...texts.values()]);
    const wanted = policies.map(({ text }, index) => ({ policyId: policyIds[index] ?? '', text }));
    const failed = await writeAll(deps, wanted, texts, put, signal);
    if (failed === undefined) {
      const inPlace = policies.flatMap(({ denied }) => denied);
      const percentFull = percentOf(policies, deps.policyCharacters);
      return {
        ...put,
        left,
        percentFull,
        inPlace: new Map(inPlace.map((one) => [one.denial, one.issuedBefore])),
      };
    }
    texts.delete(failed);
  }
  return put;
}

function percentOf(policies: readonly { text: string }[], characters: number): number {
  const used = policies.reduce((sum, { text }) => sum + text.length - EMPTY_CHARACTERS, 0);
  return (100 * used) / Math.max(1, policies.length * (characters - EMPTY_CHARACTERS));
}

/** The texts of the policies that can be read, in the order in which they are filled. */
async function readAll(
  deps: PutPoliciesDeps,
  put: PutPolicies,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const policyId of deps.policyIds) {
    await hasFailed(put, async () => void texts.set(policyId, await readOne(deps, policyId, signal)));
  }
  return texts;
}

/**
 * @param texts - of the policies; updated with each write
 * @returns the id of the first policy that failed
 */
async function writeAll(
  deps: PutPoliciesDeps,
  wanted: Wanted[],
  texts: Map<string, string>,
  put: PutPolicies,
  signal: AbortSignal,
): Promise<string | undefined> {
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
 * The policies whose text must change. If a denial moves, the policy that gains it is written before the policy that loses it, so
 * that the denial holds in between. If two policies exchange denials, one of them has to come first nevertheless.
 */
function inSafeOrder(wanted: Wanted[], texts: Map<string, string>): Wanted[] {
  const textOf = ({ policyId }: Wanted) => texts.get(policyId) ?? '';
  const isRight = (policy: Wanted) => isSame(textOf(policy), policy.text);
  const all = wanted.map((policy) => ({ policy, states: new Set(identitiesIn(policy.text)) }));
  const anywhere = new Set(all.flatMap(({ states }) => [...states]));
  const inPlace = new Set(all.filter(({ policy }) => isRight(policy)).flatMap(({ states }) => [...states]));
  let rest = all
    .filter(({ policy }) => !isRight(policy))
    .map((each) => {
      const stated = identitiesIn(textOf(each.policy));
      return { ...each, moving: stated.filter((one) => anywhere.has(one) && !each.states.has(one)) };
    });
  const ordered: Wanted[] = [];
  for (;;) {
    const next = rest.find(({ moving }) => moving.every((one) => inPlace.has(one))) ?? rest[0];
    if (!next) return ordered;
    rest = rest.filter((each) => each !== next);
    for (const identity of next.states) inPlace.add(identity);
    ordered.push(next.policy);
  }
}

function identitiesIn(text: string): string[] {
  return statedIn(text).map(({ identity }) => identity);
}

/** Ignores white space, which a person may have added. */
function isSame(current: string, text: string): boolean {
  try {
    return JSON.stringify(JSON.parse(current)) === text;
  } catch {
    return false;
  }
}

async function readOne(deps: PutPoliciesDeps, policyId: string, signal: AbortSignal): Promise<string> {
  const text = await whileBusy(deps, () => deps.policies.read(policyId, signal), signal);
  // Otherwise a mistaken id would overwrite somebody else's policy, and nobody could restore its text.
  if (!deps.adopted || /"identitystore:userid"/i.test(text)) return text;
  throw new DomainError(
    'policy-refused',
    'A configured policy is not a deny list: it has no condition on identitystore:UserId. Add one, or correct the policy id.',
  );
}

async function writeOne(
  deps: PutPoliciesDeps,
  { policyId, text }: Wanted,
  signal: AbortSignal,
): Promise<void> {
  let isRepeated = false;
  const once = async () => {
    // The failed write may have succeeded, if only its answer was lost.
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
      // If the time is over during the pause, the policy's error is reported, and not the abort.
      await pause(millis, signal).catch(() => Promise.reject(error));
    }
  }
}
