import type { BenchContext, Section } from '../section.ts';
import { startBenchStack } from '../stack.ts';
import { pathColumns } from './columns.ts';
import { dollarsOf, total } from './dollars.ts';
import { type Fixed, fixedCosts, scheduledRuns } from './idle.ts';
import { CALL_MILLIS } from './lambda-time.ts';
import { startMeteredDynamoDb } from './metered-dynamo-db.ts';
import { measurePaths, type Path } from './paths.ts';
import { PRICES_AS_OF } from './prices.ts';
import { billedMillis, measureProfiles, type Profiles } from './profiles.ts';
import type { Usage } from './usage.ts';

/** The costs are given for this many people. */
const OFFBOARDINGS = 1_000;

/** Measures the cost of each path of a revocation, and the cost of a stack in which nobody is revoked. */
export async function measureCost(context: BenchContext): Promise<Section> {
  const meter = await startMeteredDynamoDb();
  const stack = await startBenchStack(context, { AWS_ENDPOINT_URL_DYNAMODB: meter.url });
  try {
    const { running } = stack;
    const idle = await scheduledRuns(running, meter);
    const paths = await measurePaths(running, meter, context.progress);
    const profiles = await measureProfiles(stack, context.assembly, context.progress);
    const gb = stack.runnable('work').memoryMb / 1024;
    const runDollars = (usage: Usage, name: 'sweep' | 'reconcile') =>
      total(dollarsOf(usage, ((profiles[name]?.cold ?? Number.NaN) / 1000) * gb));
    const fixed = fixedCosts(context.assembly, idle.metrics.size, {
      sweep: runDollars(idle.sweep, 'sweep'),
      reconcile: runDollars(idle.reconcile, 'reconcile'),
    });
    return section(
      paths.map((path) => pathRow(path, profiles, gb)),
      fixed,
    );
  } finally {
    await stack.close();
    await meter.close();
  }
}

type Row = Readonly<Record<string, string | number>>;

function pathRow(path: Path, profiles: Profiles, gb: number): Row {
  const millis = billedMillis(path, profiles);
  const dollars = dollarsOf(path.usage, (millis / 1000) * gb);
  const { writeUnits, readUnits, kmsRequests, sqsRequests, ownEvents, apiRequests, logBytes, invocations } =
    path.usage;
  const each = (value: number) => value / path.people;
  const runs = Object.values(invocations).reduce((sum, count) => sum + count, 0);
  const ofAll = Object.entries(dollars).map(([name, value]) => [name, each(value) * OFFBOARDINGS]);
  return {
    name: path.name,
    total: each(total(dollars)) * OFFBOARDINGS,
    ...Object.fromEntries(ofAll),
    writeUnits: each(writeUnits),
    readUnits: each(readUnits),
    kmsRequests: each(kmsRequests),
    sqsRequests: each(sqsRequests),
    requestsAndEvents: each(apiRequests + ownEvents),
    invocations: each(runs),
    billedMillis: each(millis),
    logBytes: each(logBytes),
  };
}

function section(rows: readonly Row[], fixed: readonly Fixed[]): Section {
  const sum = fixed.reduce((dollars, one) => dollars + one.dollars, 0);
  return {
    title: 'Cost',
    tables: [
      { columns: pathColumns('dollars'), rows },
      { columns: pathColumns('usage'), rows },
      {
        columns: [
          { key: 'name', title: 'a month in which nobody is revoked' },
          { key: 'share', title: 'share', decimals: 2 },
          { key: 'dollars', title: 'USD', decimals: 2 },
          { key: 'count', title: 'how many' },
        ],
        rows: [
          ...fixed.map((one) => ({ ...one, share: one.dollars / sum })),
          { name: 'all', share: 1, dollars: sum, count: null },
        ],
      },
    ],
    notes: [
      `Prices of us-east-1 as of ${PRICES_AS_OF}, from secondary sources, without free tiers: \`bench/cost/prices.ts\`. Everything optional is switched on.`,
      'Counted in the local run: DynamoDB units as the emulated DynamoDB reports them, units of its indexes by the rows that change, requests to KMS and SQS, events, invocations, bytes of logs. Emulated tokens are short. Where a held row has 5 KB, deleting it takes 5 write units and not 1.',
      "Estimated: two SQS requests for each batch, and one for each event of one's own that EventBridge delivers; 500 bytes of access log for each API request.",
      `Lambda's time is loading as measured here, CPU measured here stretched to the share of a core of the memory, and ${CALL_MILLIS} ms for each call, one after the other. Every function begins cold, but for the red button's.`,
      'Calls of the portal, the identity store, Identity Center and Organizations cost nothing. Storage, and metrics that only revocations write, are left out.',
    ],
  };
}
