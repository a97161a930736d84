import type { Period } from '../domain/stores.ts';
import { RequestError } from '../shell/problems.ts';

/** The index has a partition for each day, so a longer period would take too many queries. */
const MAX_DAYS = 31;
const DAY_MILLIS = 86_400_000;

const TIME = /^(\d{4}-\d{2}-\d{2})(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?Z)?$/;

/**
 * The period that a query asks about. Without `to`, it ends now.
 *
 * @throws RequestError `invalid-parameter`
 */
export function periodOf(query: Record<string, string | undefined>, now: Date): Period {
  const from = timeOf('from', query.from);
  const to = query.to === undefined ? now : timeOf('to', query.to);
  if (from >= to) throw new RequestError('invalid-parameter', 'from must be before to.');
  if (to.getTime() - from.getTime() <= MAX_DAYS * DAY_MILLIS) return { from, to };
  throw new RequestError('invalid-parameter', `from and to must be ${MAX_DAYS} days apart at most.`);
}

function timeOf(name: string, text = ''): Date {
  const [, day = ''] = TIME.exec(text) ?? [];
  const at = new Date(text);
  // Required: JavaScript parses the 30th of February as the 2nd of March.
  const isDay = day !== '' && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
  if (isDay) return at;
  throw new RequestError(
    'invalid-parameter',
    `${name} must be a day or a time in UTC, such as 2026-11-22 or 2026-11-22T08:37:51Z.`,
  );
}
