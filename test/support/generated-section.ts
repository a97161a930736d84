import { readFileSync, writeFileSync } from 'node:fs';

/** A part of a page that a test writes. */
export interface GeneratedSection {
  /** The text on the page. */
  readonly written: string;
  write(text: string): void;
}

/** @throws Error if the page does not mark where the section begins and ends */
export function generatedSection(page: string, name: string): GeneratedSection {
  const [begin, end] = [`<!-- begin ${name}`, `<!-- end ${name} -->`];
  const text = readFileSync(page, 'utf8');
  const from = text.indexOf('-->\n', text.indexOf(begin)) + '-->\n'.length;
  const to = text.indexOf(end);
  if (!text.includes(begin) || to < from) throw new Error(`${page} does not mark the section ${name}.`);
  return {
    written: text.slice(from, to).trim(),
    write: (section) => writeFileSync(page, `${text.slice(0, from)}\n${section}\n\n${text.slice(to)}`),
  };
}
