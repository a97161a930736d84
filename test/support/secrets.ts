/**
 * How many characters of a secret count as a finding. Fewer may be chance, or a prefix that all secrets of a kind have.
 */
const PART = 16;
/** The text is searched in blocks of half a part, because every part contains at least one whole block. */
const BLOCK = PART / 2;

/** A secret as it looks when it is written in one of these ways. */
interface Disguise {
  readonly secret: number;
  readonly how: string;
  readonly text: string;
  /** The number of characters of `text` that show a part of the secret. */
  readonly part: number;
}

interface Place {
  readonly disguise: Disguise;
  readonly at: number;
}

/** Searches for the same secrets in several texts. */
export interface SecretFinder {
  /** @returns which secret is in the text, how it is written, and where; never the secret itself */
  find(haystack: string): string[];
}

/**
 * Where a text has a secret, or 16 of its characters in a row: plain, backwards, in base64 (either alphabet, at any
 * offset), hex, decimal bytes, URL encoding, JSON.
 *
 * @throws Error for a secret shorter than 16 characters, because it could be found by chance
 */
export function findSecrets(haystack: string, secrets: readonly string[]): string[] {
  return secretFinder(secrets).find(haystack);
}

export function secretFinder(secrets: readonly string[]): SecretFinder {
  const places = new Map<string, Place[]>();
  for (const disguise of [...new Set(secrets)].flatMap(disguisesOf)) {
    for (let at = 0; at + BLOCK <= disguise.text.length; at += 1) {
      const block = disguise.text.slice(at, at + BLOCK);
      const known = places.get(block);
      if (known) known.push({ disguise, at });
      else places.set(block, [{ disguise, at }]);
    }
  }
  return {
    find(haystack) {
      const found = new Map<string, number>();
      for (let at = 0; at + BLOCK <= haystack.length; at += BLOCK) {
        for (const place of places.get(haystack.slice(at, at + BLOCK)) ?? []) {
          if (!isPart(haystack, at, place)) continue;
          const what = `secret ${place.disguise.secret}, ${place.disguise.how}`;
          if (!found.has(what)) found.set(what, at);
        }
      }
      return [...found].map(([what, at]) => `${what}, near ${at}`);
    },
  };
}

/** Whether both texts agree around the block for enough characters. */
function isPart(haystack: string, start: number, { disguise, at }: Place): boolean {
  const { text, part } = disguise;
  let before = 0;
  while (before < Math.min(at, start) && text[at - before - 1] === haystack[start - before - 1]) before += 1;
  let length = before + BLOCK;
  while (
    at - before + length < text.length &&
    text[at - before + length] === haystack[start - before + length]
  )
    length += 1;
  return length >= part;
}

function disguisesOf(text: string, secret: number): Disguise[] {
  if (text.length < PART) throw new Error(`Secret ${secret} is too short to be told from chance.`);
  const bytes = Buffer.from(text);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  const texts: [how: string, text: string, part: number][] = [
    ['plain', text, PART],
    ['backwards', [...text].reverse().join(''), PART],
    ['URL-encoded', encodeURIComponent(text), PART],
    ['as a form', new URLSearchParams({ x: text }).toString().slice(2), PART],
    ['in JSON', JSON.stringify(text).slice(1, -1), PART],
    ['in JSON in JSON', JSON.stringify(JSON.stringify(text)).slice(3, -3), PART],
    ['in hex', hex.join(''), 2 * PART],
    ['in capital hex', hex.join('').toUpperCase(), 2 * PART],
    ['as an inspected buffer', hex.join(' '), 3 * PART - 1],
    // A printable character has two or three digits.
    ['as decimal bytes', [...bytes].join(','), 3 * PART - 1],
    ...[0, 1, 2].flatMap((offset) => inBase64(bytes, offset)),
  ];
  // A way of writing that changes nothing is searched only once.
  const different = texts.filter(([, written], n) => texts.findIndex(([, other]) => other === written) === n);
  return different.map(([how, written, part]) => ({ secret, how, text: written, part }));
}

/** The characters that do not depend on what precedes and follows the secret. */
function inBase64(bytes: Buffer, offset: number): [how: string, text: string, part: number][] {
  const from = [0, 2, 3][offset] ?? 0;
  const whole = Math.floor(((offset + bytes.length) * 8) / 6);
  const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
  // A part of 16 bytes determines at least 20 characters of six bits.
  return (['base64', 'base64url'] as const).map((alphabet) => [
    `in ${alphabet} at offset ${offset}`,
    padded.toString(alphabet).slice(from, whole),
    20,
  ]);
}
