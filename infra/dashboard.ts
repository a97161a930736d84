import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS, type MetricName } from '../lambda/metrics.ts';
import { type Line, PANELS, type Panel } from './dashboard-panels.ts';
import type { RevocationApi } from './revocation-api.ts';
import { RevocationQueue } from './revocation-queue.ts';
import { ServiceFunction } from './service-function.ts';

const PERIOD = Duration.minutes(5);
const THIRD = { width: 8, height: 6 };

const HEADER = [
  '# Session revocation',
  'Is everybody signed out who left? Red above means: somebody may still be signed in. What each alarm means, and the first command, is in its description; the runbook is `docs/runbook.md`.',
  'A line without a point means that nothing happened: zero is not published.',
].join('\n\n');

/** The dashboard, for readers who do not know the code. It shows the alarms first. Each graph answers one question. */
export class RevocationDashboard {
  readonly #functions: ServiceFunction[];
  readonly #queues: RevocationQueue[];

  constructor(scope: Construct, apis: readonly RevocationApi[], alarms: readonly Alarm[]) {
    const all = scope.node.findAll();
    this.#functions = all.filter((each) => each instanceof ServiceFunction);
    this.#queues = all.filter((each) => each instanceof RevocationQueue);
    const graphs = [
      ...PANELS.map((panel) => this.#panel(panel)),
      this.#queuesBy('Seconds that the oldest message of each queue waits', (queue) =>
        queue.queue.metricApproximateAgeOfOldestMessage(ofQueue(queue)),
      ),
      this.#queuesBy('Messages given up, in the dead-letter queues', (queue) =>
        queue.deadLetters.metricApproximateNumberOfMessagesVisible(ofQueue(queue)),
      ),
      this.#functionsBy('Cost: milliseconds that functions ran', (fn) =>
        fn.metricDuration({ statistic: 'Sum', period: PERIOD, label: fn.node.id }),
      ),
      graph(
        'Cost: API requests',
        apis.map(({ requests, callers }) =>
          requests.with({ label: `requests by ${callers}`, period: PERIOD }),
        ),
      ),
    ].filter((each) => each !== undefined);
    new Dashboard(scope, 'Dashboard', {
      defaultInterval: Duration.hours(12),
      widgets: [
        [new TextWidget({ markdown: HEADER, width: 24, height: 4 })],
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 4 })],
        ...inRows(graphs),
      ],
    });
  }

  /** @returns undefined if no function of the stack publishes any of the panel's metrics */
  #panel({ title, lines, percent }: Panel): GraphWidget | undefined {
    const metrics = lines.flatMap((line) => this.#line(line));
    return metrics.length === 0 ? undefined : graph(title, metrics, percent);
  }

  /** Makes one line per function. A sum by metric math would have no value while one of the metrics has none. */
  #line({ metric, label, statistic = 'Sum' }: Line): IMetric[] {
    const publishing = this.#publishing(metric);
    return publishing.map((fn) => {
      const by = publishing.length > 1 ? `${label} (${fn.node.id})` : label;
      return fn.counted(metric, statistic, PERIOD).with({ label: by });
    });
  }

  #publishing(name: MetricName): ServiceFunction[] {
    const by: readonly string[] = METRICS[name].by;
    return this.#functions.filter((fn) => by.includes(fn.service));
  }

  #queuesBy(title: string, metric: (queue: RevocationQueue) => IMetric): GraphWidget {
    return graph(title, this.#queues.map(metric));
  }

  #functionsBy(title: string, metric: (fn: ServiceFunction) => IMetric): GraphWidget {
    return graph(title, this.#functions.map(metric));
  }
}

function ofQueue(queue: RevocationQueue) {
  return { statistic: 'Maximum', period: PERIOD, label: queue.node.id };
}

function graph(title: string, left: IMetric[], percent?: true): GraphWidget {
  const leftYAxis = { min: 0, showUnits: false, ...(percent && { max: 100 }) };
  return new GraphWidget({ title, left, leftYAxis, ...THIRD });
}

function inRows<T>(all: T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / 3) }, (_, row) => all.slice(3 * row, 3 * row + 3));
}
