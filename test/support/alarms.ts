import { loadAssembly } from '../../local/template/assembly.ts';
import { resourcesOf } from '../../local/template/properties.ts';
import { assembly } from './synth.ts';

export interface TemplateAlarm {
  /** The alarm's id in the construct. */
  readonly id: string;
  readonly namespace: string;
  readonly metric: string;
  /** The handler that publishes the metric, if it is one of our own. */
  readonly service: string | undefined;
  readonly statistic: string;
  readonly periodSeconds: number;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly operator: string;
  readonly missing: string;
  readonly description: string;
  readonly actions: readonly unknown[];
}

/** The alarms of the synthesized stack. */
export function alarmsOfStack(): TemplateAlarm[] {
  return resourcesOf(loadAssembly(assembly), 'AWS::CloudWatch::Alarm').map(([id, { Properties }]) =>
    toAlarm(id, Properties),
  );
}

export function alarmNamed(id: string): TemplateAlarm {
  const found = alarmsOfStack().find((alarm) => alarm.id === id);
  if (!found) throw new Error(`The stack has no alarm ${id}.`);
  return found;
}

/** @param Properties - of the CloudFormation resource */
export function toAlarm(logicalId: string, Properties: Record<string, unknown>): TemplateAlarm {
  const dimensions: { Name: string; Value: unknown }[] = Object(Properties.Dimensions) as never;
  const service = Array.from(dimensions).find(({ Name }) => Name === 'service')?.Value;
  const evaluationPeriods = Number(Properties.EvaluationPeriods);
  return {
    id: logicalId.replace(/^SessionRevocation/, '').slice(0, -8),
    namespace: String(Properties.Namespace),
    metric: String(Properties.MetricName),
    service: service === undefined ? undefined : String(service),
    statistic: String(Properties.Statistic),
    periodSeconds: Number(Properties.Period),
    threshold: Number(Properties.Threshold),
    evaluationPeriods,
    datapointsToAlarm: Number(Properties.DatapointsToAlarm ?? evaluationPeriods),
    operator: String(Properties.ComparisonOperator),
    missing: String(Properties.TreatMissingData),
    description: textOf(Properties.AlarmDescription),
    actions: Array.from(Object(Properties.AlarmActions)),
  };
}

/** The text with a placeholder for each reference. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [, parts]: [string, unknown[]] = Object(value)['Fn::Join'] ?? ['', []];
  return parts.map((part) => (typeof part === 'string' ? part : '<reference>')).join('');
}

export interface Datapoint {
  readonly metric: string;
  /** The handler that published it. */
  readonly service: string;
  readonly at: number;
  readonly values: readonly number[];
}

/** The metrics that functions published by their log lines, in the embedded metric format. */
export function publishedIn(lines: readonly string[]): Datapoint[] {
  return lines.filter((line) => line.includes('"_aws"')).flatMap(pointsOf);
}

function pointsOf(line: string): Datapoint[] {
  const emf = JSON.parse(line);
  const names: string[] = emf._aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => Name);
  return names.map((metric) => ({
    metric,
    service: String(emf.service),
    at: Number(emf._aws.Timestamp),
    values: [emf[metric]].flat(),
  }));
}

/**
 * Whether CloudWatch would raise the alarm at some time with these points: if so many of so many periods are above the
 * threshold.
 */
export function wouldFire(alarm: TemplateAlarm, points: readonly Datapoint[]): boolean {
  if (alarm.operator !== 'GreaterThanThreshold' || alarm.missing !== 'notBreaching')
    throw new Error(`${alarm.id} is not evaluated like this.`);
  const periods = new Map<number, number[]>();
  for (const { metric, service, at, values } of points) {
    if (metric !== alarm.metric || (alarm.service !== undefined && service !== alarm.service)) continue;
    const period = Math.floor(at / 1000 / alarm.periodSeconds);
    periods.set(period, [...(periods.get(period) ?? []), ...values]);
  }
  const breaching = [...periods].filter(([, values]) => statisticOf(alarm, values) > alarm.threshold);
  return breaching.some(([last]) => {
    const within = breaching.filter(([each]) => each <= last && each > last - alarm.evaluationPeriods);
    return within.length >= alarm.datapointsToAlarm;
  });
}

function statisticOf({ id, statistic }: TemplateAlarm, values: readonly number[]): number {
  if (statistic === 'Sum') return values.reduce((sum, value) => sum + value, 0);
  if (statistic === 'Maximum') return Math.max(...values);
  throw new Error(`${id} has a statistic that is not evaluated here.`);
}
