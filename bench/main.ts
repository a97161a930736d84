import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaveAws } from '../local/ground/without-aws.ts';
import { parseCommandLine } from './command-line.ts';
import { head, type Report, toText } from './report.ts';
import type { BenchContext, Section } from './section.ts';
import { SECTIONS } from './sections.ts';

const root = join(import.meta.dirname, '..');

const progress = (line: string) => void process.stderr.write(`${line}\n`);

async function main(args: readonly string[]): Promise<void> {
  const { sections, format } = parseCommandLine(args, Object.keys(SECTIONS));
  const workDirectory = mkdtempSync(join(tmpdir(), 'bench-'));
  // The folder is also removed if somebody interrupts the bench, which takes ten minutes.
  process.once('exit', () => rmSync(workDirectory, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const context = { assembly: join(root, 'cdk.local'), workDirectory, env: leaveAws(), progress };
  const report: Report = { head: head(root), sections: await measure(sections, context) };
  process.stdout.write(toText(report, format));
}

/** Measures one section after the other: two at the same time would slow each other down. */
async function measure(names: readonly string[], context: BenchContext): Promise<Record<string, Section>> {
  const measured: [string, Section][] = [];
  for (const name of names) {
    const section = SECTIONS[name];
    progress(`${name} …`);
    if (section) measured.push([name, await section(context)]);
  }
  return Object.fromEntries(measured);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  progress(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
