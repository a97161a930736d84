import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync } from '@swc/core';

const root = join(import.meta.dirname, '..', '..');

/** The imports of each file: our own files by their path from the root, packages by name. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/** The imports of every TypeScript file in these folders of the project. */
export function importsIn(...folders: string[]): Imports {
  return importsOf(
    Object.fromEntries(
      folders.flatMap(filesIn).map((file) => [file, readFileSync(join(root, file), 'utf8')] as const),
    ),
  );
}

function filesIn(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => posix.join(folder, name))
    .sort();
}

/** The imports of source texts, by path. Imports and exports of types count like all others. */
export function importsOf(sources: Readonly<Record<string, string>>): Imports {
  return new Map(
    Object.entries(sources).map(([file, text]) => {
      const named = specifiersIn(parseSync(text, { syntax: 'typescript', target: 'es2024' }));
      const resolved = named.map((name) =>
        name.startsWith('.') ? posix.join(posix.dirname(file), name) : name,
      );
      return [file, [...new Set(resolved)]];
    }),
  );
}

/** Finds `from '…'` of imports and exports, and `import('…')` of values and types, anywhere in the file. */
function specifiersIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return [...ownSpecifier(node), ...Object.values(node).flatMap(specifiersIn)];
}

function ownSpecifier(node: object): string[] {
  const { type, source, argument, callee, arguments: given } = Object(node);
  switch (type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return literal(source);
    case 'TsImportType':
      return literal(argument);
    case 'CallExpression':
      return callee.type === 'Import' ? literal(given[0].expression) : [];
    default:
      return [];
  }
}

function literal(node: unknown): string[] {
  const { type, value } = Object(node);
  return type === 'StringLiteral' ? [value] : [];
}

/**
 * For every file that is part of an import circle, the shortest path back to it: `a.ts → b.ts → a.ts`. Each circle is
 * listed once.
 */
export function circlesIn(imports: Imports): string[] {
  const circles = [...imports.keys()].flatMap((file) => {
    const path = shortestCircle(imports, file);
    return path ? [fromSmallest(path)] : [];
  });
  return [...new Set(circles)].sort();
}

/** Searches breadth first, so that the first path back is the shortest. */
function shortestCircle(imports: Imports, start: string): string[] | undefined {
  const seen = new Set<string>();
  const paths = [[start]];
  for (const path of paths) {
    for (const next of imports.get(path.at(-1) ?? '') ?? []) {
      if (next === start) return path;
      if (!seen.has(next)) paths.push([...path, next]);
      seen.add(next);
    }
  }
  return undefined;
}

/** Makes the same circle read the same, whichever of its files it was found from. */
function fromSmallest(circle: string[]): string {
  const at = circle.indexOf([...circle].sort()[0] ?? '');
  const turned = [...circle.slice(at), ...circle.slice(0, at)];
  return [...turned, turned[0]].join(' → ');
}

/** Lines `file imports name` for all forbidden imports. */
export function forbiddenIn(imports: Imports, isAllowed: (file: string, name: string) => boolean): string[] {
  return [...imports].flatMap(([file, names]) =>
    names.filter((name) => !isAllowed(file, name)).map((name) => `${file} imports ${name}`),
  );
}
