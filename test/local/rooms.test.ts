import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize, relative } from 'node:path';

const local = join(import.meta.dirname, '..', '..', 'local');

/** The rooms of `local/`, lowest first. A file may import from its own room and from lower ones. */
const ROOMS = [
  /^ground\//,
  /^emulators\/ground\//,
  // Signing in needs users, so the identity store comes first. The other services must not import each other.
  /^emulators\/identity-store\//,
  /^emulators\/[^/]+\//,
  /^emulators\//,
  /^template\//,
  /^permissions\//,
  /^functions\//,
  /^messaging\//,
  /^http\//,
  /^stack\.ts$/,
  /^(synth|start|demo|demo-calls|demo-claims|demo-role-sessions)\.ts$/,
];

const files = readdirSync(local, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const imports = new Map(files.map((file) => [file, importsOf(file)]));

/** All imports from `local/` in a file, types included. */
function importsOf(file: string): string[] {
  const specifiers = readFileSync(join(local, file), 'utf8').matchAll(/\bfrom '(\.[^']+)'/g);
  const targets = [...specifiers].map(([, to = '']) => normalize(join(local, file, '..', to)));
  return targets.map((target) => relative(local, target)).filter((target) => !target.startsWith('..'));
}

const heightOf = (file: string) => ROOMS.findIndex((room) => room.test(file));

test('every file of the local run is in a room', () => {
  expect(files.filter((file) => heightOf(file) < 0)).toEqual([]);
});

test('no room imports from a higher one', () => {
  const upward = [...imports].flatMap(([file, targets]) =>
    targets.filter((target) => heightOf(target) > heightOf(file)).map((target) => `${file} → ${target}`),
  );
  expect(upward).toEqual([]);
});

test('no emulated service imports another one, except the identity store', () => {
  const folderOf = (file: string) => file.split('/').slice(0, 2).join('/');
  const services = [...imports].filter(([file]) => ROOMS[3]?.test(file));
  const crossing = services.flatMap(([file, targets]) =>
    targets
      .filter((target) => heightOf(target) === heightOf(file) && folderOf(target) !== folderOf(file))
      .map((target) => `${file} → ${target}`),
  );
  expect(crossing).toEqual([]);
});

test('no files import each other in a circle', () => {
  const finished = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    else if (!finished.has(file)) {
      for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
      finished.add(file);
    }
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
