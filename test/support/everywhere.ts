import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { RunningStack } from './running-stack.ts';
import { assembly } from './synth.ts';

/** The content of each place, as text. */
export type Everywhere = Readonly<Record<string, string>>;

/**
 * Follows a running stack from now on.
 *
 * @returns a function that reads everything that anybody but the portal, its token service and the key service can see:
 * answers, logs, metrics and errors; every table and every message, delivered or not; the emulators' journal; the
 * policies; what is deployed
 */
export function watch(running: RunningStack): { look(): Promise<Everywhere> } {
  const { stack, seen, dynamo: client } = running;
  const messages: string[] = [];
  for (const queue of stack.emulator.queues.all()) {
    const { send } = queue;
    // Messages leave as fast as they come, so they are read when they are sent.
    queue.send = (body, options) => {
      messages.push(body, JSON.stringify(options ?? {}));
      return send(body, options);
    };
  }
  /** All rows that ever existed, because rows are deleted, too. */
  const rows = new Map<string, Set<string>>(Object.keys(stack.tables).map((id) => [id, new Set()]));
  const readRows = async () => {
    for (const [id, TableName] of Object.entries(stack.tables)) {
      for await (const { Items } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
        for (const item of Items ?? []) rows.get(id)?.add(asText(unmarshall(item)));
      }
    }
  };
  const deployed = readdirSync(assembly)
    .filter((name) => /\.json$|^cdk\.out$/.test(name))
    .map((name) => readFileSync(join(assembly, name), 'utf8'));
  return {
    async look() {
      await readRows();
      const { organizations, requests } = stack.emulator;
      return {
        'answers and logs': seen.join('\n'),
        ...Object.fromEntries([...rows].map(([id, texts]) => [id, [...texts].join('\n')])),
        messages: messages.join('\n'),
        journal: JSON.stringify(requests),
        policies: JSON.stringify([organizations.all(), organizations.updates]),
        'what is deployed': deployed.join('\n'),
      };
    },
  };
}

/** Keeps bytes as they are, so that a secret in them stays readable in the text. */
function asText(row: Record<string, unknown>): string {
  return JSON.stringify(row, (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
}
