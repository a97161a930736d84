const MILLIS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Returns the period of a schedule such as `rate(5 minutes)`, in milliseconds.
 *
 * @throws Error for `cron(…)`, which the local run does not support, and for an invalid schedule
 */
export function parseRate(expression: string): number {
  const [, count, unit = '', plural] = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const value = Number(count);
  const millis = MILLIS[unit];
  // EventBridge requires `minute` with 1 and `minutes` with every other number.
  if (millis !== undefined && value > 0 && (value === 1) === (plural === '')) return value * millis;
  throw new Error(
    `the local run does not support the schedule ${expression}, only rate(…) in minutes, hours or days.`,
  );
}
