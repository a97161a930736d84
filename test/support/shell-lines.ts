/** One command in a `sh` block of a document, with its continuation lines. */
export interface ShellLine {
  readonly text: string;
  /** Why it is not run against the local run. */
  readonly notRun?: string;
}

export interface ShellSection {
  readonly heading: string;
  readonly lines: readonly ShellLine[];
}

/** The commands of all `sh` blocks, by the `##` heading above them, without comment lines. */
export function shellSections(markdown: string): ShellSection[] {
  return markdown
    .split(/^## /m)
    .map((section) => ({
      heading: section.split('\n')[0] ?? '',
      lines: [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => linesOf(block)),
    }))
    .filter(({ lines }) => lines.length > 0);
}

function linesOf(block: string): ShellLine[] {
  const commands: string[] = [];
  let open = '';
  for (const line of block.trimEnd().split('\n')) {
    if (open === '' && (line.startsWith('#') || line === '')) continue;
    open += open === '' ? line : `\n${line}`;
    const isFunction = /\(\) \{\n/.test(open) || open.endsWith('() {');
    if (line.endsWith('\\') || (isFunction && line !== '}')) continue;
    commands.push(open);
    open = '';
  }
  if (open !== '') throw new Error(`This command does not end: ${open}`);
  return commands.map((text) => {
    const [, notRun] = /\s# not run here: (.+)$/.exec(text) ?? [];
    return { text, ...(notRun !== undefined && { notRun }) };
  });
}
