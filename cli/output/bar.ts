import { type Output, printable } from '../machine.ts';

const WIDTH = 24;

export interface Bar {
  /** @param share - from 0 to 1 */
  show(share: number, text: string): void;
  /** Takes the line away, so that what is written next stands there. */
  clear(): void;
}

/** One line that is written anew each time. Where no person looks, nothing is written: a log has no use for it. */
export function createBar(output: Output): Bar {
  if (!output.isTTY) return { show() {}, clear() {} };
  return {
    show(share, text) {
      const full = Math.round(Math.min(Math.max(share, 0), 1) * WIDTH);
      const line = `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${printable(text)}`;
      // A longer line would wrap, and its first part would stay.
      output.write(`\r\u001b[2K${line.slice(0, (output.columns ?? 80) - 1)}`);
    },
    clear() {
      output.write('\r\u001b[2K');
    },
  };
}
