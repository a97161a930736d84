import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { userRemovedEvent } from '../support/events.ts';
import { holdSessions } from '../support/held-rows.ts';
import { proof } from '../support/proof.ts';
import { type RunningStack, start, until } from '../support/running-stack.ts';
import { everything, synthesizeTo } from '../support/synth.ts';

const PORTAL_TAKES = 20;
/** The defaults of the stack. */
const logouts = { logoutsPerSecond: 20, maxLogoutsPerSecond: 100, logoutsAtOnce: 20 };

let synthesized: string;
let running: RunningStack;

beforeAll(async () => {
  synthesized = mkdtempSync(join(tmpdir(), 'portal-limit-'));
  await synthesizeTo(synthesized, { ...everything, ...logouts });
  running = await start({}, undefined, synthesized);
}, 90_000);
afterAll(async () => {
  await running.close();
  rmSync(synthesized, { recursive: true });
});

/** How many Logouts got this status between two moments. */
function answered(from: number, to: number, status: number): number {
  const { requests } = running.stack.emulator;
  return requests.filter(
    (each) =>
      each.operation === 'logout' &&
      each.status === status &&
      Date.parse(each.at) >= from &&
      Date.parse(each.at) < to,
  ).length;
}

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

proof(
  'at a portal that takes 20 Logouts a second, the red button over 1,000 users reaches 90 % with at most 5 % throttled, and a removal takes at most 5 s',
  async (tally) => {
    const { emulator } = running.stack;
    await holdSessions(
      running,
      Array.from({ length: 1_000 }, (_, n) => `bulk-${n}@example.com`),
    );
    emulator.faults.setDelay({ operation: 'logout', delayMillis: 50 });
    emulator.logoutLimit.set(PORTAL_TAKES);
    await running.ask('POST', '/revocations/everyone', { reason: 'breach' });
    await until('it has begun', () => answered(0, Date.now(), 200) > 0);
    const begun = Date.now();
    await pause(20_000);

    const leaver = await holdSessions(running, ['leaver@example.com', 'leaver@example.com']);
    const userId = leaver[0]?.userId ?? '';
    const removedAt = Date.now();
    await running.putEvents(userRemovedEvent({ userId }));
    const isOut = () => leaver.every(({ file }) => emulator.signIns.userOf(file.accessToken) === undefined);
    await until('the removal is done', isOut, 5);
    const find = async () => (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations[0];
    await until('it is recorded', async () => (await find())?.status === 'COMPLETED', 5);
    expect(Date.now() - removedAt).toBeLessThan(5_000);

    await pause(begun + 40_000 - Date.now());
    const [from, to] = [begun + 10_000, begun + 40_000];
    const [taken, throttled] = [answered(from, to, 200), answered(from, to, 429)];
    tally.tried = taken + throttled;
    expect(taken / 30).toBeGreaterThanOrEqual(PORTAL_TAKES * 0.9);
    expect(throttled / (taken + throttled)).toBeLessThan(0.05);
    // Each 429 is counted, and none makes a session fail.
    const counted = running.seen.filter((line) => line.includes('"LogoutThrottled"'));
    expect(counted.length).toBeGreaterThan(0);
    tally.lost = running.queue('BulkDeadLetters').counts().visible;
  },
);
