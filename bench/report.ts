import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import type { Cell, Column, Section, Table } from './section.ts';

export interface Head {
  /** ISO 8601. */
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** The short hash, with `+` if the checkout has changes. Null outside a checkout. */
  readonly commit: string | null;
}

export interface Report {
  readonly head: Head;
  readonly sections: Readonly<Record<string, Section>>;
}

/** Returns where and when the figures were measured. Without this, they mean nothing. */
export function head(root: string): Head {
  const [first, ...others] = cpus();
  return {
    date: new Date().toISOString(),
    cpu: first?.model.trim() ?? 'unknown',
    cores: others.length + 1,
    node: process.versions.node,
    commit: commitOf(root),
  };
}

function commitOf(root: string): string | null {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return null;
  }
}

/** JSON has every number as it was measured. Markdown has rounded numbers. */
export function toText(report: Report, format: 'markdown' | 'json'): string {
  return format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : toMarkdown(report);
}

function toMarkdown({ head, sections }: Report): string {
  const { date, cpu, cores, node, commit } = head;
  const line = `${date.slice(0, 10)}, ${cpu}, ${cores} cores, Node.js ${node}, commit ${commit ?? 'unknown'}`;
  return `${[line, ...Object.values(sections).map(sectionText)].join('\n\n')}\n`;
}

function sectionText({ title, tables, notes }: Section): string {
  const list = notes.map((note) => `- ${note}`).join('\n');
  return [`## ${title}`, ...tables.map(tableText), ...(list ? [list] : [])].join('\n\n');
}

function tableText({ columns, rows }: Table): string {
  const lines = [
    columns.map(({ title }) => title),
    columns.map(({ key }) => (rows.some((row) => typeof row[key] === 'number') ? '--:' : '---')),
    ...rows.map((row) => columns.map((column) => cellText(row[column.key] ?? null, column))),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cellText(cell: Cell, { decimals = 0 }: Column): string {
  if (cell === null) return '';
  return typeof cell === 'string' ? cell.replaceAll('|', '\\|') : cell.toFixed(decimals);
}
