import { html, type Markup } from './html.ts';

/**
 * What a reader sees at first sight. Each tone has its own colour; `warn` and `none` share a shape. Words always stand beside it.
 */
export type Tone = 'good' | 'calm' | 'warn' | 'bad' | 'none';

const SHAPES: Record<Tone, { path: string; colour: string }> = {
  good: { path: 'm7 12.5 3.5 3.5 6.5-8', colour: '#0d6541' },
  calm: { path: 'M12 6.5V12l3.5 2.5', colour: '#1b56a0' },
  warn: { path: 'M7.5 12h9', colour: '#7a4d00' },
  bad: { path: 'M12 6v7.5m0 4v.1', colour: '#a1231c' },
  none: { path: 'M7.5 12h9', colour: '#55616f' },
};

/** The icon has the colour of the element around it. Only the tone `bad` has corners. */
export function iconOf(tone: Tone): Markup {
  const frame =
    tone === 'bad' ? html`<path d="M12 1.5 23 12 12 22.5 1 12z"/>` : html`<circle cx="12" cy="12" r="10.5"/>`;
  return html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${frame}<path d="${SHAPES[tone].path}"/></svg>`;
}

/** The icon of a browser's tab, as a `data:` address. */
export function tabIcon(tone: Tone): string {
  const { path, colour } = SHAPES[tone];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"><circle cx="12" cy="12" r="12" fill="${colour}" stroke="none"/><path d="${path}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
