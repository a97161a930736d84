import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { revocationPage } from '../../lambda/page/revocation-page.ts';
import { startChromium } from './chromium.ts';
import * as samples from './revocation-pages.ts';

// `npm run pages` draws the pictures of the page for people in docs/page.md. `npm run pages -- FOLDER` draws every
// sample into a folder, at both widths, light and dark.
const { NOW, ...revocations } = samples;
const [, , folder] = process.argv;
const docs = join(import.meta.dirname, '..', '..', 'docs');

interface Picture {
  file: string;
  sample: keyof typeof revocations;
  width: number;
  /** By default, the whole page. */
  height?: number;
  colorScheme: 'light' | 'dark';
}

const OF_DOCS: Picture[] = [
  { file: join(docs, 'page.png'), sample: 'completed', width: 1000, height: 880, colorScheme: 'light' },
  { file: join(docs, 'page-narrow.png'), sample: 'inProgress', width: 360, height: 760, colorScheme: 'dark' },
];

const EVERYTHING: Picture[] = Object.keys(revocations).flatMap((name) =>
  [360, 1440].flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({
      file: join(folder ?? '', `${name}-${width}-${colorScheme}.png`),
      sample: name as keyof typeof revocations,
      width,
      colorScheme,
    })),
  ),
);

if (folder) mkdirSync(folder, { recursive: true });
const browser = await startChromium();
for (const { file, sample, width, height, colorScheme } of folder ? EVERYTHING : OF_DOCS) {
  const page = await browser.newPage({ viewport: { width, height: height ?? 800 }, colorScheme });
  const { html } = revocationPage(revocations[sample], { now: NOW, query: {} });
  await page.setContent(html);
  await page.screenshot({ path: file, fullPage: height === undefined });
  await page.close();
  process.stdout.write(`${file}\n`);
}
await browser.close();
