import { type Assembly, loadAssembly } from '../../local/template/assembly.ts';
import { resourcesOf } from '../../local/template/properties.ts';
import type { RunningStack } from '../../test/support/running-stack.ts';
import type { MeteredDynamoDb } from './metered-dynamo-db.ts';
import { settled, sweepOnce } from './paths.ts';
import { PRICES } from './prices.ts';
import { metricsIn, type Usage, usageOf } from './usage.ts';

/** A part of the stack's cost in a month in which nobody is revoked. */
export interface Fixed {
  readonly name: string;
  readonly count: number;
  readonly dollars: number;
}

const MONTH_MINUTES = 30 * 24 * 60;
/** Lambda begins with this many pollers per queue, and each waits 20 seconds for a message. That AWS bills these requests is inferred. */
const POLLERS = 5;
const POLLS_A_MINUTE = 3;

/** Runs each schedule once, with nothing to do. */
export async function scheduledRuns(
  running: RunningStack,
  meter: MeteredDynamoDb,
): Promise<{ sweep: Usage; reconcile: Usage; metrics: ReadonlySet<string> }> {
  const { schedules } = running.stack;
  const metrics = new Set<string>();
  const watched = (act: () => Promise<void>) =>
    usageOf(running, meter, async () => {
      await act();
      await settled(running);
      for (const metric of metricsIn(running.seen)) metrics.add(metric);
    });
  const reconcile = schedules.logicalIds.find((id) => id.includes('DenyList')) ?? '';
  return {
    sweep: await watched(() => sweepOnce(running)),
    reconcile: await watched(() => schedules.run(reconcile)),
    metrics,
  };
}

/**
 * @param metrics - The number of metrics that an idle month publishes.
 * @param runDollars - The cost of one run.
 */
export function fixedCosts(
  assembly: string,
  metrics: number,
  runDollars: Readonly<Record<'sweep' | 'reconcile', number>>,
): Fixed[] {
  const stack = loadAssembly(assembly);
  const count = (type: string) => resourcesOf(stack, type).length;
  const row = (name: string, n: number, each: number): Fixed => ({ name, count: n, dollars: n * each });
  const runs = (name: 'sweep' | 'reconcile', ruleId: string) =>
    row(`runs of \`${name}\``, MONTH_MINUTES / everyMinutes(stack, ruleId), runDollars[name]);
  const polls = count('AWS::Lambda::EventSourceMapping') * POLLERS * POLLS_A_MINUTE * MONTH_MINUTES;
  return [
    row('custom metrics of `sweep` and `reconcile`', metrics, PRICES.customMetric),
    row('dashboards', count('AWS::CloudWatch::Dashboard'), PRICES.dashboard),
    row('alarms', count('AWS::CloudWatch::Alarm'), PRICES.alarm),
    row('requests of Lambda to empty queues (estimated)', polls, PRICES.sqsRequest),
    row('KMS keys', count('AWS::KMS::Key'), PRICES.kmsKey),
    runs('reconcile', 'DenyList'),
    runs('sweep', 'Sweep'),
  ];
}

/** Reads the minutes of a schedule such as `rate(15 minutes)`. */
function everyMinutes(stack: Assembly, ruleId: string): number {
  const rules = resourcesOf(stack, 'AWS::Events::Rule').filter(([id]) => id.includes(ruleId));
  const rates = rules.flatMap(([, { Properties }]) => {
    const [, n, unit = ''] =
      /^rate\((\d+) (minute|hour|day)/.exec(String(Properties.ScheduleExpression)) ?? [];
    return n === undefined ? [] : [Number(n) * ({ minute: 1, hour: 60, day: 1_440 }[unit] ?? Number.NaN)];
  });
  return rates[0] ?? Number.NaN;
}
