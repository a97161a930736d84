import crypto from 'node:crypto';

export interface Numbers {
  /** At least 0, below 1. */
  unit(): number;
  /** A whole number, at least 0. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T | undefined;
  bytes(size: number): Buffer;
}

/** The same numbers for the same seed: Steele and Vigna's SplitMix, with 32 bits. */
export function numbersFrom(seed: number): Numbers {
  let state = seed >>> 0;
  const unit = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(unit() * limit);
  return {
    unit,
    below,
    chance: (probability) => unit() < probability,
    pick: (list) => list[below(list.length)],
    bytes: (size) => Buffer.from(Array.from({ length: size }, () => below(256))),
  };
}

/** A number from 0 to below 1 that depends only on these words, not on the order of calls. */
export function drawFor(seed: number, ...words: (string | number)[]): number {
  const digest = crypto.createHash('sha256').update(JSON.stringify([seed, ...words]));
  return digest.digest().readUInt32BE() / 2 ** 32;
}

/**
 * Makes everything random in this process depend on the seed, until jest restores its mocks: tokens, keys, ids. Each
 * length has its own sequence, so that parallel calls affect each other as little as possible. The SDK does not wait
 * before a retry.
 */
export function seedRandomness(seed: number): void {
  const bySize = new Map<number, Numbers>();
  const numbersOf = (size: number) => {
    const numbers = bySize.get(size) ?? numbersFrom(seed * 1_009 + size);
    bySize.set(size, numbers);
    return numbers;
  };
  const bytes = (size: number) => numbersOf(size).bytes(size);
  jest.spyOn(crypto, 'randomBytes').mockImplementation(bytes as typeof crypto.randomBytes);
  jest.spyOn(crypto, 'randomUUID').mockImplementation(() => {
    const hex = bytes(16).toString('hex');
    const [a, b, c, d, e] = [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(13, 16),
      hex.slice(17, 20),
      hex.slice(20),
    ];
    return `${a}-${b}-4${c}-8${d}-${e}`;
  });
  jest.spyOn(Math, 'random').mockReturnValue(0);
}
