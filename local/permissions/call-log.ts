import type { IncomingHttpHeaders } from 'node:http';
import type { KmsKeys } from '../emulators/kms/kms-keys.ts';
import type { Recorder } from '../ground/recorder.ts';
import { signedService } from '../ground/signature.ts';
import type { Assembly } from '../template/assembly.ts';
import type { Resolver } from '../template/intrinsics.ts';
import type { Context, Input, Need, Place } from './call-need.ts';
import { needsOf } from './call-needs.ts';
import { createMerger } from './indistinct-values.ts';
import { keyAndQueuePolicies } from './key-and-queue-policies.ts';
import { conditionKeys, rolePolicies } from './role-policies.ts';

/** Calls that IAM cannot distinguish: they have the same function, action, resources and context. */
export interface RecordedCall extends Need {
  /** Logical id of the function. */
  readonly functionId: string;
  /** The number of these calls. */
  readonly times: number;
}

/** The AWS calls of the stack's functions, with the permission that each call needs. */
export interface CallLog {
  /** Ignores requests that are not signed, or not signed by a function of the stack. */
  readonly record: Recorder;
  /** Lists the calls in the order in which they were first made. */
  list(): RecordedCall[];
}

/**
 * Creates a log that only keeps the part of a call's context that a policy of the stack distinguishes. The policies of all roles
 * count, because a call of one role may show what another role must not do. With the ids of each request, no two calls would be
 * the same, and the log would grow without end.
 */
export function createCallLog(assembly: Assembly, resolver: Resolver, keys: KmsKeys): CallLog {
  const roles = rolePolicies(assembly, resolver);
  const policies = [...roles.values()].flat().concat([...keyAndQueuePolicies(assembly, resolver).values()]);
  const asked = conditionKeys(policies);
  const merge = createMerger(policies);
  const place = placeOf(assembly, resolver, keys);
  const calls = new Map<string, { call: Omit<RecordedCall, 'times'>; times: number }>();
  return {
    record(headers, body) {
      const functionId = String(headers['x-amz-security-token']);
      const service = signedService(headers);
      // There is no body if it was longer than the service accepts. The service refuses such a call.
      if (!roles.has(functionId) || service === undefined || body === undefined) return;
      const { operation, input } = parse(headers, body);
      for (const { action, resources, context } of needsOf(service, operation, input, place)) {
        const call = { functionId, action, resources, context: merge(only(asked, context)) };
        const key = JSON.stringify(call);
        calls.set(key, { call, times: (calls.get(key)?.times ?? 0) + 1 });
      }
    },
    list: () => [...calls.values()].map(({ call, times }) => ({ ...call, times })),
  };
}

/** The JSON protocols name the operation in a header, the query protocol in the form. */
function parse(
  headers: IncomingHttpHeaders,
  body: Buffer,
): { readonly operation: string; readonly input: Input } {
  const target = headers['x-amz-target'];
  if (target === undefined) {
    const { Action = '', ...input } = Object.fromEntries(new URLSearchParams(String(body)));
    return { operation: Action, input };
  }
  return { operation: String(target).replace(/^.*\./, ''), input: Object(JSON.parse(String(body))) };
}

function only(keys: ReadonlySet<string>, context: Context): Context {
  return Object.fromEntries(Object.entries(context).filter(([key]) => keys.has(key.toLowerCase())));
}

function placeOf({ resources }: Assembly, resolver: Resolver, keys: KmsKeys): Place {
  const tables = [...resources].filter(([, { Type }]) => /^AWS::DynamoDB::(Global)?Table$/.test(Type));
  const schemas = tables.flatMap(([id, { Properties }]): [string, string][] => {
    const { KeySchema, GlobalSecondaryIndexes = [] } = Object(resolver.resolve(Properties));
    const indexes: { IndexName: string; KeySchema: object[] }[] = GlobalSecondaryIndexes;
    const table = resolver.ref(id);
    return [
      [table, partitionKey(KeySchema)],
      ...indexes.map((index): [string, string] => [
        `${table}/${index.IndexName}`,
        partitionKey(index.KeySchema),
      ]),
    ];
  });
  const partitionKeys = new Map(schemas);
  return {
    region: resolver.region,
    partitionKeyOf: (table, index) => partitionKeys.get(index === undefined ? table : `${table}/${index}`),
    kmsKeyOf({ KeyId, CiphertextBlob, EncryptionContext }) {
      if (KeyId !== undefined) return keys.find(String(KeyId))?.arn;
      const ciphertext = Buffer.from(String(CiphertextBlob), 'base64');
      return keys.decrypt(ciphertext, Object(EncryptionContext))?.key.arn;
    },
  };
}

function partitionKey(schema: object[]): string {
  return String(Object(schema.find((key) => Object(key).KeyType === 'HASH')).AttributeName);
}
