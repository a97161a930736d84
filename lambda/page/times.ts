import { html, type Markup } from './html.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `22 Nov 2026, 08:37:51 UTC`, with the instant in full for machines. @param iso - ISO 8601 in UTC */
export function time(iso: string): Markup {
  return html`<time datetime="${iso}">${inWords(iso)}</time>`;
}

/** `22 Nov 2026, 08:37:51 UTC` @param iso - ISO 8601 in UTC */
export function inWords(iso: string): string {
  return `${day(iso)}, ${clock(iso)}`;
}

/** `22 Nov 2026` */
export function day(iso: string): string {
  const at = new Date(iso);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** `08:37:51 UTC` */
export function clock(iso: string): string {
  return `${new Date(iso).toISOString().slice(11, 19)} UTC`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** The two largest units of a duration: `19 h 59 min`. @param millis - not negative */
export function duration(millis: number): string {
  let seconds = Math.floor(millis / 1_000);
  const parts = UNITS.map(([name, size]) => {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    return { name, count };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first === -1) return 'less than 1 s';
  const shown = parts.slice(first, first + 2).filter(({ count }) => count > 0);
  return shown.map(({ name, count }) => `${count} ${name}`).join(' ');
}
