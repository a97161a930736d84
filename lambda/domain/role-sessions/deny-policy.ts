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

/** A denial that a policy has. */
export interface InPolicy {
  denial: ToDeny;
  /** The cutoff that the policy has for it: its own in whole seconds, or a later one if cutoffs were merged. */
  issuedBefore?: Date;
}

export interface DenyPolicies {
  /** As many as there is room for, also where placeholders are all they hold. */
  policies: DenyPolicy[];
  /** For whom there is no room: those who may sign in again first, then those whose denial ends first. */
  left: ToDeny[];
}

/**
 * The texts of the service control policies that deny this: the same for the same denials and texts, in whatever order the
 * denials come.
 *
 * Where there is room, each keeps its place in the texts as they are. When there is none, the cutoffs of those who may
 * sign in again are merged: they share a later one, so some of them have to sign in once more. A merged cutoff does not go
 * back. Only if that is not enough, somebody is left out: who was signed out and may sign in again rather than who was
 * removed, and of two alike the one whose denial ends sooner. Signing people out must not set free the role sessions of
 * those who were dismissed.
 *
 * @param current - the texts of the policies as they are; what they say is no reason to deny anybody
 * @throws RangeError where an id is given twice or is the placeholder, a cutoff is no date, or there is not room for
 *   one policy without users
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
 * A merged cutoff stays where it is, also if a run ended before it noted it. Only a cutoff that somebody on the list has is
 * believed: another was written by hand.
 */
function withCutoffOf(place: Place | undefined, item: Item, known: Set<number | undefined>): Item {
  const { cutoff } = item;
  if (cutoff === undefined || place?.cutoff === undefined || !known.has(place.cutoff)) return item;
  return { ...item, cutoff: Math.max(cutoff, place.cutoff) };
}

function toInPolicy({ denial, cutoff }: Item): InPolicy {
  return { denial, ...(cutoff !== undefined && { issuedBefore: new Date(cutoffText(cutoff)) }) };
}
