import { inspect } from 'node:util';

const PLACEHOLDER = '[secret]';

/**
 * A value that only AWS may get. If it is printed, serialized, concatenated or inspected, the result is a placeholder.
 * Otherwise a careless log line or error message could leak it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call this only where the request to AWS is built. */
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
