import { inspect } from 'node:util';

const PLACEHOLDER = '[secret]';

/**
 * A value that may reach AWS and nothing else. Printed, serialized, concatenated or inspected it is a placeholder, so
 * that a careless log line or error message cannot leak it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: call it where the request to AWS is built, not before. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return PLACEHOLDER;
  }

  toJSON(): string {
    return PLACEHOLDER;
  }

  [inspect.custom](): string {
    return PLACEHOLDER;
  }
}
