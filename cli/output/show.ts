import { type Machine, printable } from '../machine.ts';

/** How a command answers: for a machine one JSON document on a line, for people these lines. */
export function show(
  machine: Pick<Machine, 'out'>,
  isJson: boolean | undefined,
  value: unknown,
  lines: string[],
): void {
  machine.out.write(
    isJson ? `${JSON.stringify(value)}\n` : lines.map((line) => `${printable(line)}\n`).join(''),
  );
}

/** What is said beside the answer, never on standard output. */
export function say(machine: Pick<Machine, 'err'>, line: string): void {
  machine.err.write(`${printable(line)}\n`);
}

/** Columns as wide as their longest cell, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, column) => Math.max(cell.length, all[column] ?? 0)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
