import { loadAssembly } from '../../local/template/assembly.ts';
import { resourcesOf } from '../../local/template/properties.ts';
import type { Datapoint } from '../../test/support/alarms.ts';

export interface Series {
  readonly label: string;
  /** Values by the number of the period; periods without a value are missing. */
  readonly values: ReadonlyMap<number, number>;
}

export interface Graph {
  readonly title: string;
  /** In units; the dashboard is 24 units wide. */
  readonly x: number;
  readonly y: number;
  /** Undefined if AWS publishes the metrics, which the local run does not. */
  readonly series: readonly Series[] | undefined;
}

const NAMESPACE = 'IdentityCenterRevocation';
export const PERIOD_SECONDS = 300;

/** Returns the graphs of the synthesized dashboard, with these points. */
export function graphsOf(assembly: string, points: readonly Datapoint[]): Graph[] {
  const [dashboard] = resourcesOf(loadAssembly(assembly), 'AWS::CloudWatch::Dashboard');
  const body = joined(dashboard?.[1].Properties.DashboardBody);
  const widgets: Widget[] = JSON.parse(body).widgets;
  return widgets
    .filter(({ type }) => type === 'metric')
    .map(({ x, y, properties: { title, metrics } }) => {
      const isOurs = metrics.every(([namespace]) => namespace === NAMESPACE);
      return { title, x, y, series: isOurs ? metrics.map((metric) => seriesOf(metric, points)) : undefined };
    });
}

interface Widget {
  type: string;
  x: number;
  y: number;
  properties: { title: string; metrics: [namespace: string, name: string, ...more: unknown[]][] };
}

function joined(body: unknown): string {
  const [, parts]: [string, unknown[]] = Object(body)['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : 'reference')).join('');
}

function seriesOf(
  [, name, ...more]: Widget['properties']['metrics'][number],
  points: readonly Datapoint[],
): Series {
  const service = more[more.indexOf('service') + 1];
  const { label, stat } = Object(more.at(-1));
  const periods = new Map<number, number[]>();
  for (const point of points) {
    if (point.metric !== name || point.service !== service) continue;
    const period = Math.floor(point.at / 1000 / PERIOD_SECONDS);
    periods.set(period, [...(periods.get(period) ?? []), ...point.values]);
  }
  const values = [...periods].map(([period, all]) => [period, statistic(String(stat), all)] as const);
  return { label: String(label), values: new Map(values) };
}

function statistic(name: string, values: number[]): number {
  if (name === 'Sum') return values.reduce((sum, value) => sum + value, 0);
  const sorted = values.toSorted((one, other) => one - other);
  const share = { p50: 0.5, p99: 0.99, Maximum: 1 }[name];
  if (share === undefined) throw new Error(`The picture knows no statistic ${name}.`);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
