import { METRICS, type PublishedMetric } from '../../lambda/metrics.ts';
import { loadAssembly } from '../../local/template/assembly.ts';
import { resourcesOf } from '../../local/template/properties.ts';
import { alarmsOfStack } from '../support/alarms.ts';
import { generatedSection } from '../support/generated-section.ts';
import { assembly } from '../support/synth.ts';

const NAMESPACE = 'IdentityCenterRevocation';
const metrics: [name: string, metric: PublishedMetric][] = Object.entries(METRICS);
const published = metrics.flatMap(([name, { by }]) => by.map((service) => `${service} ${name}`));
const alarmed = alarmsOfStack().filter(({ namespace }) => namespace === NAMESPACE);
const dashboards = resourcesOf(loadAssembly(assembly), 'AWS::CloudWatch::Dashboard');

/** The graphs of the dashboard, each with its metrics of our own: `service name`. */
function graphs(): { title: string; ours: string[] }[] {
  return dashboards.flatMap(([, { Properties }]) => {
    const widgets: { properties: { title?: string; metrics?: unknown[][] } }[] = JSON.parse(
      joined(Properties.DashboardBody),
    ).widgets;
    return widgets.map(({ properties: { title = '', metrics = [] } }) => ({
      title,
      ours: metrics.filter(([namespace]) => namespace === NAMESPACE).map(toName),
    }));
  });
}

/** `[namespace, name, 'function', …, 'service', …, options]`, with the dimensions in any order. */
function toName([, name, ...dimensions]: unknown[]): string {
  const service = dimensions[dimensions.indexOf('service') + 1];
  return `${service} ${name}`;
}

function joined(body: unknown): string {
  if (typeof body === 'string') return body;
  const [, parts]: [string, unknown[]] = Object(body)['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : 'reference')).join('');
}

const shown = graphs().flatMap(({ ours }) => ours);
const watched = alarmed.map(({ service, metric }) => `${service} ${metric}`);

test('each metric that a function publishes is in an alarm or on the dashboard', () => {
  expect(published.filter((one) => ![...watched, ...shown].includes(one))).toEqual([]);
});

test('each metric in an alarm or on the dashboard is published by the function that it names', () => {
  expect([...watched, ...shown].filter((one) => !published.includes(one))).toEqual([]);
});

test('there is one dashboard, and its rows are 24 wide', () => {
  expect(dashboards).toHaveLength(1);
  const widgets = JSON.parse(joined(dashboards[0]?.[1].Properties.DashboardBody)).widgets;
  expect(widgets.every(({ x, width }: { x: number; width: number }) => x + width <= 24)).toBe(true);
  expect(widgets.length).toBeGreaterThan(15);
});

test.each([
  'Sign-outs that somebody requested',
  'Seconds from the request to the last Logout',
  'Sessions that are held',
  'Seconds that the oldest message of each queue waits',
  'Messages given up, in the dead-letter queues',
  'Deny list: per cent of its room that is used',
  'Sweep: per cent of people whom the directory answered for',
  'Access portal of AWS',
  'Cost: milliseconds that functions ran',
])('the dashboard has a graph "%s"', (title) => {
  expect(graphs().map((graph) => graph.title)).toContain(title);
});

/** Where a metric is shown, for the table. */
function whereOf(name: string, { by }: PublishedMetric): string {
  const mine = by.map((service) => `${service} ${name}`);
  const alarms = alarmed.filter(({ service, metric }) => mine.includes(`${service} ${metric}`));
  const panels = graphs().filter(({ ours }) => ours.some((one) => mine.includes(one)));
  return [
    ...alarms.map(({ id }) => `alarm \`${id}\``),
    ...new Set(panels.map(({ title }) => `"${title}"`)),
  ].join('<br>');
}

test('docs/metrics.md says of each metric who publishes it, what it means and where it is shown (UPDATE_DOCS=1 writes it)', () => {
  const rows = metrics.map(
    ([name, metric]) =>
      `| \`${name}\` | ${metric.unit} | ${metric.by.map((service) => `\`${service}\``).join(', ')} | ${metric.meaning} | ${whereOf(name, metric)} |`,
  );
  const table = [
    '| metric | unit | `service` | what it counts | shown |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
  const section = generatedSection('docs/metrics.md', 'metrics');
  if (process.env.UPDATE_DOCS) section.write(table);
  expect(generatedSection('docs/metrics.md', 'metrics').written).toBe(table);
});
