import { createHash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import type { KeyClaim, RevocationRecords } from '../stores.ts';

/** A key of the caller's choice, by which a repeated request is recognized. */
export interface IdempotencyKey {
  key: string;
  /** The caller's role. The same key of another role is another key. */
  owner: string;
}

export type KeyRecords = Pick<RevocationRecords, 'keyClaim' | 'claimKey'>;

const LIFE_MILLIS = 24 * 3_600_000;

/** A key with what was asked by it. */
export class KeyedRequest {
  readonly #records: KeyRecords;
  readonly #keyId: string;
  readonly #request: string;
  readonly #at: Date;

  /** @param of - keys of each kind have rows of their own, so that who may press the red button cannot plant a user's key */
  constructor(
    records: KeyRecords,
    of: 'user' | 'everyone',
    { key, owner }: IdempotencyKey,
    asked: object,
    at: Date,
  ) {
    this.#records = records;
    this.#keyId = of === 'user' ? derivedId('key', owner, key) : derivedId('everyone', 'key', owner, key);
    this.#request = createHash('sha256').update(JSON.stringify(asked)).digest('base64url');
    this.#at = at;
  }

  /**
   * What the key stands for, if it was sent within the last 24 hours.
   *
   * @throws DomainError `idempotency-key-reused`: it was sent with another request
   */
  async standing(signal: AbortSignal): Promise<KeyClaim | undefined> {
    const claim = await this.#records.keyClaim(this.#keyId, signal);
    return claim && claim.at > this.#since() ? this.#sameRequest(claim) : undefined;
  }

  /**
   * Has the key stand for a revocation.
   *
   * @returns what it stands for: of two requests at once, the first
   * @throws DomainError `idempotency-key-reused`
   */
  async claim(revocation: Pick<KeyClaim, 'revocationId' | 'userId'>, signal: AbortSignal): Promise<KeyClaim> {
    const claim = { ...revocation, request: this.#request, at: this.#at };
    return this.#sameRequest(await this.#records.claimKey(this.#keyId, claim, this.#since(), signal));
  }

  #since(): Date {
    return new Date(this.#at.getTime() - LIFE_MILLIS);
  }

  #sameRequest(claim: KeyClaim): KeyClaim {
    if (claim.request === this.#request) return claim;
    throw new DomainError(
      'idempotency-key-reused',
      'This Idempotency-Key was sent with another request within the last 24 hours. Nothing was done. Choose a new key.',
    );
  }
}
