import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The fields of a token-cache file that are ignored if they are malformed. */
const LENIENT: Readonly<Record<string, string>> = {
  expiresAt:
    'When the access token expires, such as 2026-01-02T03:04:05Z. Ignored if it is malformed, where only the revocation of a session reads it.',
  refreshToken: 'Used with `clientId` and `clientSecret`. Ignored if it is malformed.',
  clientId: 'Of the registered client. Ignored if it is malformed.',
  clientSecret: 'Of the registered client. Ignored if it is malformed.',
  clientRegistration:
    'The file of the registration, where it is a file of its own. Ignored if it is malformed.',
};

/** Converts the parts that the handlers' schemas express by code, and that JSON Schema cannot express. */
const OVERRIDES: ConversionConfig = {
  target: 'draft-2020-12',
  typeMode: 'input',
  // Our own transformations and checks are left out: the schema describes the input, and descriptions say the rest.
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

/** @returns the JSON schema without `$schema`, as a component of a document */
export function schemaOf(schema: v.GenericSchema): JsonSchema {
  const { $schema: _, ...rest } = toJsonSchema(schema, OVERRIDES) as Record<string, unknown>;
  return tidy(rest) as JsonSchema;
}

/** Converts the schema of a body. The custom check in front of it only says that the body is an object. */
export function bodySchemaOf(schema: v.GenericSchema): JsonSchema {
  const converted = schemaOf(schema);
  const properties = Object.entries(Object(converted.properties)).map(([name, property]) => [
    name,
    name in LENIENT ? { ...Object(property), description: LENIENT[name] } : property,
  ]);
  return { ...converted, properties: Object.fromEntries(properties) };
}

/** Patterns in JSON Schema have no flags, so a range of letters is given in both cases. */
function ofAnyCase(source: string): string {
  return source.replaceAll('a-f', 'a-fA-F');
}

/** Merges the members of each `allOf`: one of them is an object, and the others only say that it is one. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, tidy(inner)]);
  const { allOf, ...rest } = Object.fromEntries(entries);
  return allOf ? Object.assign({}, rest, ...allOf) : rest;
}
