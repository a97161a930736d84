import { html, type Markup } from './html.ts';
import type { Milestone } from './milestones.ts';
import { clock, day, duration, inWords } from './times.ts';

/**
 * The milestones as a list and as two drawings of it, one for wide and one for narrow windows. The points have even distances,
 * because seconds and hours do not fit one scale. The durations stand between the points.
 */
export function timeline(milestones: Milestone[], now: Date): Markup {
  const points = milestones.map((_, index) => pointOf(milestones, index, now.toISOString()));
  return html`<figure class="timeline">
<ol class="unseen">${points.map(({ name, said, state }) => html`<li>${name}: ${said}${state === 'coming' && ', still to come'}</li>`)}</ol>
${wide(points)}${tall(points)}
</figure>`;
}

interface Point {
  name: string;
  /** A day and a time, or what stands in their place. */
  lines: string[];
  said: string;
  state: 'done' | 'coming' | 'missing';
  /** The duration since the previous point that has a time. */
  took?: Took;
  /** Whether it is the first point that is still to come. */
  isNext: boolean;
}

interface Took {
  duration: string;
  /** The index of the point since which it took so long. */
  since: number;
  /** That point's name, if points without a time lie between: the reader would count from the wrong one. */
  after?: string;
}

function pointOf(milestones: Milestone[], index: number, now: string): Point {
  const { name = '', at, instead = '' } = milestones[index] ?? {};
  const since = milestones.slice(0, index).findLastIndex((each) => each.at !== undefined);
  const { at: before, name: after = '' } = milestones[since] ?? {};
  if (at === undefined) return { name, lines: [instead], said: instead, state: 'missing', isNext: false };
  return {
    name,
    lines: [day(at), clock(at)],
    said: inWords(at),
    state: at <= now ? 'done' : 'coming',
    ...(before !== undefined && {
      took: {
        duration: duration(Date.parse(at) - Date.parse(before)),
        since,
        ...(since < index - 1 && { after }),
      },
    }),
    isNext: at > now && (before === undefined || before <= now),
  };
}

// The last name needs the room of `last`.
const WIDE = { width: 800, edge: 12, last: 100, line: 36 };

function wide(points: Point[]): Markup {
  const step = points.length < 2 ? 0 : (WIDE.width - 2 * WIDE.edge - WIDE.last) / (points.length - 1);
  const x = (index: number) => Math.round(WIDE.edge + index * step);
  const y = WIDE.line;
  return html`<svg class="wide" viewBox="0 0 ${WIDE.width} 142" aria-hidden="true">${points.map(
    (point, index) =>
      index > 0 &&
      html`<line class="${lineOf(point)}" x1="${x(index - 1)}" y1="${y}" x2="${x(index)}" y2="${y}"/>${
        point.took &&
        html`<text class="faint" x="${(x(point.took.since) + x(index)) / 2}" y="${y - 14}" text-anchor="middle">${tookOf(point.took, '')}</text>`
      }`,
  )}${points.map(
    (point, index) =>
      html`<g class="${point.state}"><circle cx="${x(index)}" cy="${y}" r="8"/>${labelOf(point, x(index) - 8, y + 45)}</g>`,
  )}${points.map((point, index) => point.isNext && now(x(index) - step / 2, y))}</svg>`;
}

/** The name and the time of a point below each other. */
function labelOf({ name, lines }: Point, x: number, y: number): Markup[] {
  const names = folded(name);
  return [...names, ...lines].map(
    (line, row) =>
      html`<text class="${row < names.length ? 'name' : 'faint'}" x="${x}" y="${y + 18 * row}">${line}</text>`,
  );
}

/** In two lines if it is long: six points stand too close for "Nothing lives any more" in one. */
function folded(name: string): string[] {
  const end = name.length > 14 ? name.lastIndexOf(' ', 14) : -1;
  return end === -1 ? [name] : [name.slice(0, end), name.slice(end + 1)];
}

function tookOf({ duration, after }: Took, later: string): string {
  return after === undefined ? `${duration}${later}` : `${duration} after “${after}”`;
}

const TALL = { width: 320, step: 74, line: 12 };

function tall(points: Point[]): Markup {
  const y = (index: number) => 14 + index * TALL.step;
  const x = TALL.line;
  return html`<svg class="tall" viewBox="0 0 ${TALL.width} ${y(points.length - 1) + 36}" aria-hidden="true">${points.map(
    (point, index) =>
      index > 0 &&
      html`<line class="${lineOf(point)}" x1="${x}" y1="${y(index - 1)}" x2="${x}" y2="${y(index)}"/>`,
  )}${points.map((point, index) => {
    // "now" has a line of its own above how long it takes.
    const took = y(index) - (point.isNext ? 18 : 26);
    return html`<g class="${point.state}"><circle cx="${x}" cy="${y(index)}" r="8"/><text class="name" x="36" y="${y(index) + 5}">${point.name}</text><text class="faint" x="36" y="${y(index) + 24}">${point.lines.join(', ')}</text>${
      point.took && html`<text class="faint" x="36" y="${took}">${tookOf(point.took, ' later')}</text>`
    }</g>`;
  })}${points.map((point, index) => point.isNext && nowBeside(x, y(index) - TALL.step / 2))}</svg>`;
}

function lineOf({ state }: Point): string {
  return state === 'done' ? 'done' : 'coming';
}

/** A mark on the line, with its word below. */
function now(x: number, y: number): Markup {
  return html`<g class="now"><path d="M${x} ${y + 3}l6 10h-12z"/><text x="${x}" y="${y + 28}" text-anchor="middle">now</text></g>`;
}

function nowBeside(x: number, y: number): Markup {
  return html`<g class="now"><path d="M${x + 3} ${y}l10 -6v12z"/><text x="36" y="${y + 4}">now</text></g>`;
}
