import { document } from './document.ts';
import { html } from './html.ts';
import type { Page } from './page.ts';
import { iconOf } from './tones.ts';

/** The parts of a problem document that the page shows. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: string;
}

/** An error as a page for people. It shows what the problem document says, and nothing else. */
export function problemPage({ title, status, detail, code }: Problem): Page {
  const tone = status >= 500 ? 'bad' : 'warn';
  return document({
    title: `${title} · Revocation`,
    tone,
    top: html`<p class="eyebrow"><b>Revocation of sign-in sessions</b></p>`,
    main: html`<section class="sheet verdict ${tone}" aria-labelledby="problem">${iconOf(tone)}
<p><span class="status">${status} ${code}</span></p>
<h1 id="problem">${title}</h1>
<div class="rest"><p>${detail}</p></div></section>`,
  });
}
