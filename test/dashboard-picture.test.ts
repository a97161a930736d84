import { graphsOf, PERIOD_SECONDS } from '../bench/picture/series.ts';
import { toSvg } from '../bench/picture/svg.ts';
import { assembly } from './support/synth.ts';

const point = (metric: string, period: number, ...values: number[]) => ({
  metric,
  service: 'work',
  at: period * PERIOD_SECONDS * 1_000,
  values,
});

const graphs = graphsOf(assembly, [
  point('SecondsToEnd:event', 10, 1, 2, 3, 4),
  point('SecondsToEnd:event', 11, 8),
  point('Revocation:event:COMPLETED', 10, 1, 1),
  { ...point('Revocation:event:COMPLETED', 10, 5), service: 'another' },
]);

const graphOf = (title: string) => graphs.find((graph) => graph.title === title);
const valuesOf = (title: string, label: string) => {
  const series = graphOf(title)?.series?.find((one) => one.label === label);
  return series && Object.fromEntries(series.values);
};

test.each([
  ['Seconds from the request to the last Logout', 'by an event: half are faster', { 10: 2, 11: 8 }],
  ['Seconds from the request to the last Logout', 'by an event: 99 of 100 are faster', { 10: 4, 11: 8 }],
  ['Sign-outs of people who left, by events', 'all sessions ended', { 10: 2 }],
  ['Sign-outs of people who left, by events', 'a session could not be ended', {}],
])(
  'graph "%s" shows "%s" with the values that the function published in each period',
  (title, label, values) => {
    expect(valuesOf(title, label)).toEqual(values);
  },
);

test('the picture says which graphs it leaves out because AWS publishes their metrics', () => {
  expect(graphOf('Cost: API requests')).toMatchObject({ series: undefined });
  expect(toSvg(graphs, 10, 11)).toContain('AWS publishes this; the local run does not.');
});

test('the picture has every graph of the dashboard, and a mark for each value', () => {
  const svg = toSvg(graphs, 10, 11);
  for (const { title } of graphs) expect(svg).toContain(`>${title}</text>`);
  expect(svg.match(/<circle /g)).toHaveLength(5);
  expect(svg).toMatch(/^<svg [^>]*>\n[\s\S]*<\/svg>\n$/);
});
