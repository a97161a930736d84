import { randomUUID } from 'node:crypto';
import { routes } from '../../lambda/routes.ts';
import { hashOf } from '../../local/ground/token-hash.ts';
import { bareFunction } from '../bare/bundle.ts';
import { httpEvents } from '../http-events.ts';
import { type MeasuredFunction, startMeasured } from '../measured/measured.ts';
import { type BenchContext, percentile, type Section } from '../section.ts';
import { type BenchStack, startBenchStack } from '../stack.ts';

/** Both are measured in turn, so that other work of the machine affects both. */
const ROUNDS = 20;
const REQUESTS = 25;
/** These rounds are not counted, because V8's compiler is still at work. */
const WARMING = 4;

/** Makes the events that end this number of new sessions. */
type NewEvents = (count: number) => Promise<unknown[]>;

interface Contender {
  readonly name: string;
  readonly fn: MeasuredFunction;
  readonly newEvents: NewEvents;
  readonly millis: number[];
  cpuMillis: number;
}

/** Measures ending a session by its access token, in a function that has run for a while. */
export async function measureWarm(context: BenchContext): Promise<Section> {
  const stack = await startBenchStack(context);
  const contenders = await start(stack, context);
  try {
    for (let round = -WARMING; round < ROUNDS; round += 1) {
      for (const one of contenders) await runOnce(one, round >= 0);
    }
    return section(contenders);
  } finally {
    for (const { fn } of contenders) fn.end();
    await stack.close();
  }
}

async function start(stack: BenchStack, { workDirectory }: BenchContext): Promise<Contender[]> {
  const ours = stack.runnable('revoke');
  const bare = await bareFunction('revoke', workDirectory, ours.environment);
  const fresh = { millis: [], cpuMillis: 0 };
  return [
    {
      name: 'bare SDK: Logout, PutItem, DeleteItem',
      fn: await startMeasured(bare),
      newEvents: async (count) => signIns(stack, count).map(bareRevocation),
      ...structuredClone(fresh),
    },
    {
      name: '`POST /revocations`',
      fn: await startMeasured(ours),
      newEvents: (count) => {
        const bodies = signIns(stack, count).map((accessToken) => ({ accessToken, reason: 'bench' }));
        return httpEvents(routes.revoke, bodies);
      },
      ...structuredClone(fresh),
    },
  ];
}

const signIns = ({ running }: BenchStack, count: number): string[] =>
  Array.from({ length: count }, () => running.stack.emulator.signIns.signIn().accessToken);

const bareRevocation = (accessToken: string) => ({
  accessToken,
  userId: randomUUID(),
  sessionId: hashOf(accessToken),
  revocationId: randomUUID(),
});

async function runOnce(one: Contender, counts: boolean): Promise<void> {
  const { millis, cpuMillis, results } = await one.fn.invoke(await one.newEvents(REQUESTS));
  const refused = results.find((result) => Object(result).statusCode !== 200);
  if (refused !== undefined) throw new Error(`${one.name} answered ${JSON.stringify(refused)}.`);
  if (!counts) return;
  one.millis.push(...millis);
  one.cpuMillis += cpuMillis;
}

function section(contenders: readonly Contender[]): Section {
  const measured = contenders.map(({ name, millis, cpuMillis }) => ({
    name,
    p50: percentile(millis, 0.5),
    p99: percentile(millis, 0.99),
    cpu: cpuMillis / millis.length,
  }));
  const [bare] = measured;
  const over = (value: number, base = Number.NaN) => value / base;
  return {
    title: 'Warm',
    tables: [
      {
        columns: [
          { key: 'name', title: 'one session by its access token' },
          { key: 'p50Ratio', title: 'p50, × bare', decimals: 2 },
          { key: 'p99Ratio', title: 'p99, × bare', decimals: 2 },
          { key: 'cpuRatio', title: 'CPU, × bare', decimals: 2 },
          { key: 'p50', title: 'p50 ms', decimals: 2 },
          { key: 'p99', title: 'p99 ms', decimals: 2 },
          { key: 'cpu', title: 'CPU ms', decimals: 2 },
        ],
        rows: measured.map((one) => ({
          ...one,
          p50Ratio: over(one.p50, bare?.p50),
          p99Ratio: over(one.p99, bare?.p99),
          cpuRatio: over(one.cpu, bare?.cpu),
        })),
      },
    ],
    notes: [
      `${ROUNDS} rounds of ${REQUESTS} requests each in turn, one request at a time, each function in a process of its own, against the same emulators on loopback.`,
      'A call to AWS takes longer than one to an emulator. There, round trips in a row count for more than CPU: two here, three for the bare SDK.',
    ],
  };
}
