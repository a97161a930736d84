import { type Machine, printable } from '../machine.ts';

/** Writes the answer of a command: one JSON document on a line for a program, or these lines for a person. */
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

/** Writes a message that is not part of the answer, so it never goes to standard output. */
export function say(machine: Pick<Machine, 'err'>, line: string): void {
  machine.err.write(`${printable(line)}\n`);
}

/** Aligns cells in columns. Each is as wide as its longest cell, and two spaces separate them. */
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
