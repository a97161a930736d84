import { readFileSync } from 'node:fs';

/** The part of JSON Schema that docs/events.md uses. */
interface Schema {
  readonly title?: string;
  readonly type?: 'object' | 'string' | 'integer';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly pattern?: string;
  readonly format?: 'date-time';
  readonly enum?: readonly string[];
  readonly minimum?: number;
}

const KEYWORDS = [
  ...['title', 'type', 'properties', 'required', 'additionalProperties'],
  ...['pattern', 'format', 'enum', 'minimum'],
];
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** The schemas of docs/events.md, by detail type. */
export function documentedSchemas(): ReadonlyMap<string, Schema> {
  const blocks = readFileSync('docs/events.md', 'utf8').matchAll(/### `([^`]+)`\n\n```json\n([^`]*)```/g);
  return new Map(
    [...blocks].map(([, name = '', text = '']): [string, Schema] => {
      const schema: Schema = JSON.parse(text);
      requireKnown(schema);
      return [name, schema];
    }),
  );
}

/** A keyword that nothing checks would make every event valid. */
function requireKnown(schema: Schema): void {
  const unknown = Object.keys(schema).find((keyword) => !KEYWORDS.includes(keyword));
  if (unknown !== undefined) throw new Error(`docs/events.md: ${unknown} is not checked by the tests.`);
  for (const each of Object.values(schema.properties ?? {})) requireKnown(each);
}

/** What is wrong with the value, by path. */
export function faultsOf(schema: Schema, value: unknown, path = ''): string[] {
  const fault = (what: string) => [`${path || '/'} ${what}`];
  if (schema.type === 'object') return objectFaults(schema, value, path);
  if (schema.type === 'integer' && !(Number.isInteger(value) && Number(value) >= (schema.minimum ?? 0)))
    return fault('is no count');
  if (schema.type === 'string' && typeof value !== 'string') return fault('is no text');
  if (schema.enum && !schema.enum.includes(String(value))) return fault(`is not one of ${schema.enum}`);
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(String(value)))
    return fault(`is not like ${schema.pattern}`);
  return schema.format && !INSTANT.test(String(value)) ? fault('is no time') : [];
}

function objectFaults({ properties = {}, required = [] }: Schema, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path || '/'} is no object`];
  const missing = required.filter((name) => !(name in value)).map((name) => `${path}/${name} is missing`);
  return [
    ...missing,
    ...Object.entries(value).flatMap(([name, each]) => {
      const schema = properties[name];
      return schema ? faultsOf(schema, each, `${path}/${name}`) : [`${path}/${name} is not documented`];
    }),
  ];
}
