import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The fields of a token-cache file that are used where they are well-formed, and ignored otherwise. */
const LENIENT: Readonly<Record<string, string>> = {
  expiresAt:
    'When the access token expires, such as 2026-01-02T03:04:05Z. Ignored if it is malformed, where only the revocation of a session reads it.',
  refreshToken: 'Used with `clientId` and `clientSecret`. Ignored if it is malformed.',
  clientId: 'Of the registered client. Ignored if it is malformed.',
  clientSecret: 'Of the registered client. Ignored if it is malformed.',
  clientRegistration:
    'The file of the registration, where it is a file of its own. Ignored if it is malformed.',
};

/** What JSON Schema cannot say, and what the schemas of the handlers say by code. */
const OVERRIDES: ConversionConfig = {
  target: 'draft-2020-12',
  typeMode: 'input',
  // Transformations and checks of our own: the schema is what goes in, and the description says the rest.
  errorMode: 'ignore',
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    if (valibotSchema.type === 'custom') return { type: 'object' };
    if (valibotSchema.type === 'never') return { not: {} };
    return jsonSchema as never;
  },
  overrideAction: ({ valibotAction, jsonSchema }) => {
    if (valibotAction.type !== 'regex') return jsonSchema as never;
    const { source, flags } = (valibotAction as unknown as { requirement: RegExp }).requirement;
    return { ...jsonSchema, pattern: flags.includes('i') ? ofAnyCase(source) : source } as never;
  },
};

/** @returns without `$schema`, as a component of a document */
export function schemaOf(schema: v.GenericSchema): JsonSchema {
  const { $schema: _, ...rest } = toJsonSchema(schema, OVERRIDES) as Record<string, unknown>;
  return tidy(rest) as JsonSchema;
}

/** A body: the custom check in front only says that it is an object. */
export function bodySchemaOf(schema: v.GenericSchema): JsonSchema {
  const converted = schemaOf(schema);
  const properties = Object.entries(Object(converted.properties)).map(([name, property]) => [
    name,
    name in LENIENT ? { ...Object(property), description: LENIENT[name] } : property,
  ]);
  return { ...converted, properties: Object.fromEntries(properties) };
}

/** JSON Schema has no flags: each letter of a range is named in both cases. */
function ofAnyCase(source: string): string {
  return source.replaceAll('a-f', 'a-fA-F');
}

/** An `allOf` of an object and one that only says so is that object. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, tidy(inner)]);
  const { allOf, ...rest } = Object.fromEntries(entries);
  return allOf ? Object.assign({}, rest, ...allOf) : rest;
}
