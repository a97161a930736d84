import { createHash } from 'node:crypto';
import { type Content, html, type Markup, textOf } from './html.ts';
import type { Page } from './page.ts';
import { COLOURS, LAYOUT, PARTS } from './styles.ts';
import { type Tone, tabIcon } from './tones.ts';

export interface Document {
  title: string;
  tone: Tone;
  /** Above the main part. */
  top: Content;
  main: Content;
  foot?: Content;
  /** The browser reloads the page after so many seconds; never if absent. */
  refreshSeconds?: number | undefined;
}

const STYLE = `${textOf(COLOURS)}${textOf(LAYOUT)}${textOf(PARTS)}`;
const STYLE_ELEMENT: Markup = html`<style>${COLOURS}${LAYOUT}${PARTS}</style>`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/**
 * The browser loads, runs, sends and frames nothing, so a text that slips through the templates has no effect. `data:` allows the
 * icon: without one, the browser would ask the API for it.
 */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** A whole page. It has no scripts and loads nothing. */
export function document({ title, tone, top, main, foot, refreshSeconds }: Document): Page {
  const whole = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="${tabIcon(tone)}">
${STYLE_ELEMENT}
</head>
<body>
<header>${top}</header>
<main>${main}</main>
<footer class="small faint">${foot}</footer>
</body>
</html>
`;
  // A header, not an element: otherwise a copy that somebody saves would reload itself.
  const refresh = refreshSeconds === undefined ? undefined : { refresh: String(refreshSeconds) };
  return { html: textOf(whole), headers: { ...HEADERS, ...refresh } };
}
