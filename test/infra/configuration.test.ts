import { readFileSync } from 'node:fs';
import { PROPERTY_OF } from '../../infra/settings.ts';
import { generatedSection } from '../support/generated-section.ts';
import { basesOf, type DocumentedProperty, propertiesOf } from '../support/properties-of.ts';

const PAGE = 'docs/configuration.md';

/** An interface and all interfaces that it extends. */
const family = (name: string): string[] => [name, ...basesOf(name).flatMap(family)];

// An interface without properties of its own shares the table of others.
const documented = [...family('SessionRevocationProps'), 'RemovalEventForwardingProps'].filter(
  (name) => propertiesOf(name).length > 0,
);

const settingsOf = (property: string) =>
  Object.entries(PROPERTY_OF)
    .filter(([, its]) => its === property)
    .map(([setting]) => `\`${setting}\``);

/** Links a page of docs/ that a docstring names, and its heading. */
const linked = (text: string) =>
  text.replaceAll(/docs\/([\w-]+\.md)(?: § ([^.:;]+))?/g, (_, page: string, heading?: string) => {
    if (heading === undefined) return `[${page}](${page})`;
    return `[${heading}](${page}#${heading.toLowerCase().replaceAll(' ', '-')})`;
  });

function row({ path, meaning, fallback, isOptional }: DocumentedProperty): string {
  const otherwise = fallback ?? (isOptional ? '' : 'required');
  return `| \`${path}\` | ${settingsOf(path).join(', ')} | ${linked(otherwise)} | ${linked(meaning)} |`;
}

test.each(documented)(
  'docs/configuration.md has the properties of %s (UPDATE_DOCS=1 writes them)',
  (name) => {
    const table = [
      '| property | `-c` | default | |',
      '|---|---|---|---|',
      ...propertiesOf(name).map(row),
    ].join('\n');
    if (process.env.UPDATE_DOCS) generatedSection(PAGE, name).write(table);
    expect(generatedSection(PAGE, name).written).toBe(table);
  },
);

test('docs/configuration.md has no other tables of properties', () => {
  const sections = readFileSync(PAGE, 'utf8').matchAll(/<!-- begin (\w+)/g);
  expect([...sections].map(([, name]) => name).sort()).toEqual([...documented].sort());
});

test('each property has a docstring', () => {
  const all = documented.flatMap((name) => propertiesOf(name));
  expect(all.filter(({ meaning }) => meaning === '').map(({ path }) => path)).toEqual([]);
  expect(all.length).toBeGreaterThan(60);
});

test('each setting of the command line sets an existing property', () => {
  // These are properties of the CDK's Stack.
  const properties = [
    'stackName',
    ...documented.flatMap((name) => propertiesOf(name)).map(({ path }) => path),
  ];
  expect(Object.values(PROPERTY_OF).filter((property) => !properties.includes(property))).toEqual([]);
});
