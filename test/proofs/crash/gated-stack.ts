import { setImmediate } from 'node:timers/promises';
import { startDynamoDb } from '../../../local/emulators/dynamodb/dynamodb.ts';
import type { Recorder } from '../../../local/ground/recorder.ts';
import { type Gate, startGate, throughGate } from '../../support/gate.ts';
import type { Call } from '../../support/gate-call.ts';
import { type RunningStack, start, until } from '../../support/running-stack.ts';
import { besideTheGate } from './beside-the-gate.ts';

/** Longer than the visibility timeout of the workers' queues. */
const REDELIVERY_MILLIS = 6.1 * 60_000;
/**
 * Longer than the delay of a message that had to wait for another one of the same user, and than the deduplication
 * interval of the reconciler's queue. That queue delivers by this clock and deduplicates by the clock of the functions.
 */
const WAITING_MILLIS = 301_000;
/** If no call is made for so long, the workers have nothing to do. A shorter time would be wrong on a slow computer. */
const IDLE_MILLIS = 1_000;
/** Longer than the delay of the queue that wakes the reconciler. */
const WAKING_MILLIS = 4_000;
/** A message of one queue may lead to a message in another. */
const WORK_QUEUES = ['RevocationsQueue', 'BulkQueue', 'ReportsQueue', 'AccessRemovalsQueue', 'NoticesQueue'];

/** The running stack, whose calls all go through one gate, and access to its data that bypasses the gate. */
export interface GatedStack {
  running: RunningStack;
  gate: Gate;
  /** Sets the clock of portal, queues and schedules forward. The functions use the computer's clock. */
  pass(millis: number): void;
  tables: ReturnType<typeof besideTheGate>;
  /** The events that functions put on the bus; grows. */
  sent: readonly SentEvent[];
  /**
   * Passes time until the messages of an abandoned worker return. By then its lease is over, too: this moves the
   * lease's row, because the functions' clock does not move.
   */
  redelivered(): Promise<void>;
  /** Waits until the workers' queues are empty, or the condition holds. */
  worked(or?: () => boolean): Promise<void>;
  /** Lets the reconciler do its work, until none is left or the condition holds. */
  reconciled(or?: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/**
 * An attempt mostly waits, for threads to start and for the rate of Logouts. So many attempts in parallel use the
 * machine well.
 */
const SIDE_BY_SIDE = 2;

export function startGatedStacks(): Promise<GatedStack[]> {
  return Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => startGatedStack()));
}

export async function startGatedStack(): Promise<GatedStack> {
  let elapsed = 0;
  let record: Recorder = () => {};
  let emulators = '';
  const dynamo = await startDynamoDb((headers, body) => record(headers, body));
  const sent: SentEvent[] = [];
  const gate = await startGate((call) => {
    if (call.service === 'events') sent.push(...eventsIn(call));
    return call.service === 'dynamodb' ? dynamo.url : emulators;
  });
  const closeServers = () => Promise.all([gate.close(), dynamo.close()]);
  const running = await start(throughGate(gate), () => Date.now() + elapsed).catch(async (error) => {
    await closeServers();
    throw error;
  });
  const { stack } = running;
  emulators = stack.emulator.url;
  record = stack.calls.record;
  const tables = besideTheGate(dynamo.url, running);
  const isEmpty = (part: string) => {
    const { visible, inFlight, delayed } = running.queue(part).counts();
    return visible + inFlight + delayed === 0;
  };
  const pass = (millis: number) => {
    elapsed += millis;
  };
  return {
    running,
    gate,
    pass,
    tables,
    sent,
    async redelivered() {
      await tables.endLeases(REDELIVERY_MILLIS);
      pass(REDELIVERY_MILLIS);
    },
    async worked(or = () => false) {
      let busyAt = performance.now();
      let known = running.seen.length;
      await until('the workers are through', async () => {
        if (or() || WORK_QUEUES.every(isEmpty)) return true;
        if (await isBusy(gate)) {
          busyAt = performance.now();
          return false;
        }
        const isWaiting = running.seen.slice(known).some((line) => line.includes('"kind":"waiting"'));
        if (!isWaiting && performance.now() - busyAt < IDLE_MILLIS) return false;
        pass(WAITING_MILLIS);
        [busyAt, known] = [performance.now(), running.seen.length];
        return false;
      });
    },
    async reconciled(or = () => false) {
      await until('the deny list is reconciled', () => {
        if (running.queue('DenyListQueue').counts().delayed > 0) pass(WAKING_MILLIS);
        return or() || isEmpty('DenyListQueue');
      });
    },
    async close() {
      tables.close();
      gate.use({});
      await running.close();
      await closeServers();
    },
  };
}

export interface SentEvent {
  name: string;
  detail: Record<string, unknown>;
}

function eventsIn({ body }: Call): SentEvent[] {
  const { Entries }: { Entries: { DetailType: string; Detail: string }[] } = JSON.parse(String(body));
  return Entries.map(({ DetailType, Detail }) => ({ name: DetailType, detail: JSON.parse(Detail) }));
}

function isBusy(gate: Gate): Promise<boolean> {
  return Promise.race([gate.idle().then(() => false), setImmediate(true)]);
}
