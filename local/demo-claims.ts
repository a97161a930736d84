/** A claim of the demo, and the observation behind it. */
export interface Claim {
  claim: string;
  seen: string;
  holds: boolean;
}

export type ClaimThat = (claim: string, seen: unknown, holds: boolean) => void;

/** Writes a line for each claim. */
export function toTable(claims: Claim[]): string {
  const width = Math.max(0, ...claims.map(({ claim }) => claim.length));
  return claims
    .map(({ claim, seen, holds }) => `${holds ? 'ok   ' : 'WRONG'}  ${claim.padEnd(width)}  ${seen}`)
    .join('\n');
}
