import {
  cutoffText,
  type Item,
  identityOf,
  PLACEHOLDER,
  type ToDeny,
  toItem,
  USERS,
} from './deny-statement.ts';
import { type PolicyRoom, placeItems } from './place-denials.ts';
import { EMPTY_CHARACTERS } from './policy-draft.ts';
import { type Stated, statedIn } from './policy-text.ts';

export interface DenyPolicy {
  text: string;
  denied: InPolicy[];
}

/** A denial that a policy states. */
export interface InPolicy {
  denial: ToDeny;
  /** The cutoff that the policy states for it: its own, rounded up to whole seconds, or a later one if cutoffs were merged. */
  issuedBefore?: Date;
}

export interface DenyPolicies {
  /** Always as many as `PolicyRoom.policies`, even if some of them deny nobody. */
  policies: DenyPolicy[];
  /**
   * Denials without room, the least important first: ended assignments, signed-out users, removed users. Within each of these,
   * the denial that ends first comes first.
   */
  left: ToDeny[];
}

/**
 * Renders the texts of the service control policies that state these denials. The result does not depend on the order of the
 * denials.
 *
 * If there is room, each denial stays in the policy that states it now. If there is none, the cutoffs of signed-out users are
 * merged: they share a later cutoff, so some of them have to sign in once more. A merged cutoff never moves back. If merging is
 * not enough, denials are left out: signed-out users before removed users, and then the denial that ends sooner. Otherwise
 * signing people out could free the role sessions of dismissed people.
 *
 * @param current - the texts of the policies now. They decide where a denial stands, and not who is denied
 * @throws RangeError if an id is given twice or is the placeholder, if a cutoff is no date, or if the room is too small for a
 *   policy without users
 */
export function renderDenyPolicies(
  denials: ToDeny[],
  room: PolicyRoom,
  current: string[] = [],
): DenyPolicies {
  if (!Number.isInteger(room.policies) || room.policies < 1 || !(room.characters >= EMPTY_CHARACTERS)) {
    throw new RangeError(`Deny policies need room for at least one with ${EMPTY_CHARACTERS} characters.`);
  }
  const own = denials.map(toItem);
  const identities = own.map(({ scope, userId }) => identityOf(scope.key, userId));
  if (new Set([identityOf(USERS.key, PLACEHOLDER), ...identities]).size <= own.length) {
    throw new RangeError('What is to be denied must be distinct, and no user the placeholder.');
  }
  const stated = placesOf(current.slice(0, room.policies));
  const known = new Set(own.map(({ cutoff }) => cutoff));
  const placeOf = ({ scope, userId }: Item) => stated.get(identityOf(scope.key, userId));
  const items = own.map((item) => withCutoffOf(placeOf(item), item, known));
  const { drafts, left } = placeItems(items, room, (item) => placeOf(item)?.policy);
  return {
    policies: drafts.map(({ text, items: inIt }) => ({ text, denied: inIt.map(toInPolicy) })),
    left: left.map(({ denial }) => denial),
  };
}

interface Place extends Stated {
  policy: number;
}

function placesOf(texts: string[]): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [policy, text] of texts.entries()) {
    for (const stated of statedIn(text)) {
      if (!places.has(stated.identity)) places.set(stated.identity, { ...stated, policy });
    }
  }
  return places;
}

/**
 * Keeps a merged cutoff that the policy states, even if the run that wrote it ended before it noted it. A cutoff that no denial
 * has was written by hand, and is ignored.
 */
function withCutoffOf(place: Place | undefined, item: Item, known: Set<number | undefined>): Item {
  const { cutoff } = item;
  if (cutoff === undefined || place?.cutoff === undefined || !known.has(place.cutoff)) return item;
  return { ...item, cutoff: Math.max(cutoff, place.cutoff) };
}

function toInPolicy({ denial, cutoff }: Item): InPolicy {
  return { denial, ...(cutoff !== undefined && { issuedBefore: new Date(cutoffText(cutoff)) }) };
}
