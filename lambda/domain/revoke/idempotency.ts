import { createHash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import type { KeyClaim, RevocationRecords } from '../stores.ts';

/** A key that the caller chooses, so that a repeated request is recognized. */
export interface IdempotencyKey {
  key: string;
  /** The caller's role or client. Another role or client that sends the same key has another key. */
  owner: string;
}

export type KeyRecords = Pick<RevocationRecords, 'keyClaim' | 'claimKey'>;

const LIFE_MILLIS = 24 * 3_600_000;

/** A key and its request. */
export class KeyedRequest {
  readonly #records: KeyRecords;
  readonly #keyId: string;
  readonly #request: string;
  readonly #at: Date;

  /**
   * @param of - keys of users and of everyone have separate rows. Otherwise a caller who may only press the red button could claim
   * a key of a user's revocation
   */
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
   * The claim on the key, if the key was sent within the last 24 hours.
   *
   * @throws DomainError `idempotency-key-reused`: it was sent with another request
   */
  async standing(signal: AbortSignal): Promise<KeyClaim | undefined> {
    const claim = await this.#records.keyClaim(this.#keyId, signal);
    return claim && claim.at > this.#since() ? this.#sameRequest(claim) : undefined;
  }

  /**
   * Claims the key for a revocation.
   *
   * @returns the claim that holds: if two requests come at the same time, the first wins
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
