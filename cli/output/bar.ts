import { type Output, printable } from '../machine.ts';

const WIDTH = 24;

export interface Bar {
  /** @param share - from 0 to 1 */
  show(share: number, text: string): void;
  /** Removes the line, so that the next output takes its place. */
  clear(): void;
}

/** Shows progress in one line that is overwritten each time. It writes nothing without a terminal, because a log has no use for it. */
export function createBar(output: Output): Bar {
  if (!output.isTTY) return { show() {}, clear() {} };
  return {
    show(share, text) {
      const full = Math.round(Math.min(Math.max(share, 0), 1) * WIDTH);
      const line = `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${printable(text)}`;
      // A longer line would wrap, and its first part would not be overwritten.
      output.write(`\r\u001b[2K${line.slice(0, (output.columns ?? 80) - 1)}`);
    },
    clear() {
      output.write('\r\u001b[2K');
    },
  };
}
