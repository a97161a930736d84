import type { Graph, Series } from './series.ts';

const UNIT = 48;
const [WIDTH, HEIGHT] = [8 * UNIT, 6 * 36];
const PLOT = { left: 44, top: 34, width: WIDTH - 64, height: 84 };
const COLOURS = ['#1f77b4', '#2ca02c', '#d62728', '#9467bd', '#ff7f0e', '#17becf', '#8c564b', '#7f7f7f'];

/** Draws the graphs as one SVG picture, without its own fonts or scripts. */
export function toSvg(graphs: readonly Graph[], from: number, to: number): string {
  const rows = [...new Set(graphs.map(({ y }) => y))].sort((one, other) => one - other);
  const drawn = graphs.map((graph) => {
    const place = `translate(${graph.x * UNIT}, ${rows.indexOf(graph.y) * HEIGHT})`;
    return `<g transform="${place}">${panel(graph, from, to)}</g>`;
  });
  const [width, height] = [24 * UNIT, rows.length * HEIGHT];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    '<title>The dashboard of the session revocation</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

/** The room of the legend: two columns, or one if a label is longer than half the panel. Series with values come first. */
const HALF = { longest: 32, shown: 8, columns: 2, rowHeight: 15 };
const WHOLE = { shown: 7, columns: 1, rowHeight: 11 };

function panel({ title, series: all }: Graph, from: number, to: number): string {
  const frame = `<rect x="4" y="4" width="${WIDTH - 8}" height="${HEIGHT - 8}" fill="none" stroke="#ccc"/>`;
  const heading = text(14, 22, title, 'font-weight="bold"');
  const series = all?.toSorted((one, other) => Number(other.values.size > 0) - Number(one.values.size > 0));
  if (!series)
    return frame + heading + text(14, 60, 'AWS publishes this; the local run does not.', 'fill="#888"');
  const highest = Math.max(1, ...series.flatMap(({ values }) => [...values.values()]));
  const { left, top, width, height } = PLOT;
  const axes = `<path d="M${left} ${top}v${height}h${width}" fill="none" stroke="#888"/>`;
  const limits = text(10, top + 8, short(highest)) + text(10, top + height, '0');
  const lines = series.map((one, index) =>
    line(one, COLOURS[index % COLOURS.length] ?? '', { from, to, highest }),
  );
  return [frame, heading, axes, limits, ...lines, legend(series)].join('');
}

/** Each label with its last value. */
function legend(series: readonly Series[]): string {
  const labels = series.map(({ label, values }) => {
    const last = [...values.values()].at(-1);
    return last === undefined ? label : `${label}: ${short(last)}`;
  });
  const fits = labels.slice(0, HALF.shown).every(({ length }) => length <= HALF.longest);
  const { shown, columns, rowHeight } = fits ? HALF : WHOLE;
  const entries = labels.slice(0, shown).map((label, index) => {
    const x = PLOT.left + (index % columns) * (PLOT.width / columns);
    const y = PLOT.top + PLOT.height + 18 + Math.floor(index / columns) * rowHeight;
    return `<rect x="${x - 12}" y="${y - 8}" width="8" height="8" fill="${COLOURS[index]}"/>${text(x, y, label, 'font-size="9"')}`;
  });
  return entries.join('');
}

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly highest: number;
}

/** Draws a point for each period with a value, and joins points that are at most three periods apart. */
function line({ values }: Series, colour: string, { from, to, highest }: Scale): string {
  const { left, top, width, height } = PLOT;
  const at = (period: number) => left + (width * (period - from)) / Math.max(1, to - from);
  const heightOf = (value: number) => top + height - (height * value) / highest;
  const points = [...values].sort(([one], [other]) => one - other);
  return points
    .map(([period, value], index) => {
      const [x, y] = [at(period).toFixed(1), heightOf(value).toFixed(1)];
      const before = points[index - 1];
      const joint =
        before && period - before[0] <= 3
          ? `<path d="M${at(before[0]).toFixed(1)} ${heightOf(before[1]).toFixed(1)}L${x} ${y}" stroke="${colour}"/>`
          : '';
      return `${joint}<circle cx="${x}" cy="${y}" r="2" fill="${colour}"/>`;
    })
    .join('');
}

function text(x: number, y: number, shown: string, more = ''): string {
  const escaped = shown.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${more}>${escaped}</text>`;
}

function short(value: number): string {
  return value >= 1_000 ? `${(value / 1_000).toFixed(1)}k` : String(Math.round(value * 10) / 10);
}
