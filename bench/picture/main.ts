import { join } from 'node:path';
import { publishedIn } from '../../test/support/alarms.ts';
import { userRemovedEvent } from '../../test/support/events.ts';
import { type RunningStack, start, workedOff } from '../../test/support/running-stack.ts';
import { graphsOf, PERIOD_SECONDS } from './series.ts';
import { toSvg } from './svg.ts';

const assembly = join(import.meta.dirname, '..', '..', 'cdk.local');
/** Six hours. */
const STEPS = 72;
/** Periods in which the portal does not answer. */
const OUTAGE = { from: 41, to: 44 };

let elapsed = 0;
const clock = () => Date.now() + elapsed;
const pass = (millis: number) => {
  elapsed += millis;
};

/** Simulates some hours in which people come and go. Then writes the dashboard of the stack. */
async function main(): Promise<void> {
  const running = await start({}, clock, assembly, clock);
  const began = clock();
  try {
    for (let step = 0; step < STEPS; step += 1) {
      await fiveMinutes(running, step);
      pass(Math.max(0, began + (step + 1) * PERIOD_SECONDS * 1_000 - clock()));
    }
    const graphs = graphsOf(assembly, publishedIn(running.seen));
    const period = (at: number) => Math.floor(at / 1_000 / PERIOD_SECONDS);
    process.stdout.write(toSvg(graphs, period(began), period(clock())));
  } finally {
    running.dynamo.destroy();
    await running.stack.close();
  }
}

/** Simulates five minutes: people sign in, some of them leave or are signed out, and at times the portal is down. */
async function fiveMinutes(running: RunningStack, step: number): Promise<void> {
  const isDown = step >= OUTAGE.from && step < OUTAGE.to;
  const { faults } = running.stack.emulator;
  if (step % 2 === 0 && !isDown) await running.register(`person-${step}`);
  if (isDown) faults.set({ operation: 'logout', fault: step % 2 === 0 ? 'fail' : 'throttle' });
  else faults.set({ operation: 'logout', fault: 'none' });
  const leaving = step % 6 === 5 ? running.stack.users.find(`person-${step - 5}`) : undefined;
  if (leaving) {
    running.stack.users.disable(leaving.userId);
    const late = (step % 12) * 5_000;
    await running.putEventsOf(new Date(clock() - late), userRemovedEvent({ userId: leaving.userId }));
  }
  const signedOut = step % 5 === 4 ? running.stack.users.find(`person-${step - 2}`) : undefined;
  if (signedOut) await running.post({ userId: signedOut.userId });
  if (step === 30) running.stack.users.disable(running.stack.users.find('person-26')?.userId ?? '');
  if (!isDown) await workedOff(running, pass);
  else await severalAttempts();
}

/** Waits for as many attempts as fit into five minutes. Each takes a moment of real time, because the SDK retries. */
async function severalAttempts(): Promise<void> {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    pass(60_000);
  }
}

await main();
