import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { brotliDecompressSync, createBrotliDecompress } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';

// `npm ci` installs the browser as @sparticuz/chromium, which the lockfile has with its hash. So no script downloads
// it, and nobody installs it by hand. Only the archives of that package are used. Its own code would unpack them into a
// shared folder, and its flags would disable the browser's security, which these tests check.
const root = join(import.meta.dirname, '..', '..', 'node_modules');
const packed = join(root, '@sparticuz', 'chromium');

/** The package has a browser only for Linux on x64. Elsewhere, tests that need one must say that they did not run. */
export const hasChromium = process.platform === 'linux' && process.arch === 'x64';

/** A real headless Chromium with its own fonts, so that it draws the same on every machine. */
export async function startChromium(): Promise<Browser> {
  const folder = await unpacked();
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    // Uses only libc and similar libraries of the machine.
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
    args: ['--font-render-hinting=none', '--disable-background-networking', '--disable-component-update'],
  });
}

/** The folder with the browser, unpacked once for each version. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8'));
  const folder = join(root, '.cache', `chromium-${version}`);
  if (existsSync(folder)) return folder;
  const begun = `${folder}.${process.pid}`;
  mkdirSync(begun, { recursive: true });
  const archive = (name: string) => join(packed, 'bin', name);
  const browser = createWriteStream(join(begun, 'chromium'), { mode: 0o755 });
  await pipeline(createReadStream(archive('chromium.br')), createBrotliDecompress(), browser);
  for (const name of ['al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br'])
    execFileSync('tar', ['-x', '-C', begun], { input: brotliDecompressSync(readFileSync(archive(name))) });
  writeFileSync(join(begun, 'fonts.conf'), fontsIn(folder));
  try {
    renameSync(begun, folder);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(folder)) throw error;
    rmSync(begun, { recursive: true });
  }
  return folder;
}

function fontsIn(folder: string): string {
  const families = ['sans-serif', 'system-ui', 'monospace'].map(
    (name) => `<alias><family>${name}</family><prefer><family>Open Sans</family></prefer></alias>`,
  );
  const cache = join(dirname(folder), 'fontconfig');
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${folder}/fonts</dir><cachedir>${cache}</cachedir>${families.join('')}</fontconfig>`;
}
