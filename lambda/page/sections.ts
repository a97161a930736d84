import { type Content, html, type Markup } from './html.ts';
import { iconOf } from './tones.ts';
import type { Said } from './words.ts';

/** A part of the page with a heading. Its `id` must be unique on the page. */
export function section(id: string, heading: string, content: Content, looks = ''): Markup {
  return html`<section class="sheet ${looks}" aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${content}</section>`;
}

/** A value of the record, with its icon and its words. */
export function said({ tone, text }: Said): Markup {
  return html`<span class="outcome ${tone}">${iconOf(tone)} ${text}</span>`;
}

/** Text that came from elsewhere. Its writing direction does not affect the text around it. */
export function told(text: string): Markup {
  return html`<bdi class="told">${text}</bdi>`;
}

export function id(text: string): Markup {
  return html`<bdi class="id">${text}</bdi>`;
}

/**
 * A small table; each row begins with the cell that names it. The roles repeat what the elements are: narrow windows lay the rows
 * out as blocks, and some browsers then no longer tell screen readers of a table.
 */
export function table(caption: string, columns: string[], rows: Content[][]): Markup {
  return html`<table role="table"><caption>${caption}</caption><thead role="rowgroup"><tr role="row">${columns.map((column) => html`<th scope="col" role="columnheader">${column}</th>`)}</tr></thead><tbody role="rowgroup">${rows.map(
    ([first, ...others]) =>
      html`<tr role="row"><th scope="row" role="rowheader">${first}</th>${others.map((cell) => html`<td role="cell">${cell}</td>`)}</tr>`,
  )}</tbody></table>`;
}

export function points(lines: Content[]): Markup {
  return html`<ul class="points">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}
