import { type SweepDeps, sweep } from '../domain/detect/sweep.ts';
import { type LambdaFunction, lambdaHandler } from '../shell/function.ts';
import { rehearsalOf } from '../shell/rehearsal.ts';
import { countEach, logger, measurePercent } from '../shell/telemetry.ts';
import { wireSweep } from '../wiring/background.ts';

/** Runs one sweep, on a schedule. Throws if it could not check every user, so that an alarm is raised. */
export function runSweep(deps: SweepDeps): LambdaFunction<unknown, void> {
  return async (_event, deadline) => {
    const { finished, ...swept } = await sweep(deps, deadline);
    const counts = { ...swept, unfinished: finished ? 0 : 1 };
    logger.info('swept', { finished, ...counts });
    countEach('Sweep', counts);
    const { usersChecked, unanswered } = counts;
    if (usersChecked > 0)
      measurePercent('Sweep:coverage', (100 * (usersChecked - unanswered)) / usersChecked);
    if (counts.unanswered + counts.unreadable + counts.listingsFailed + counts.unfinished > 0)
      throw new Error('Not all could be swept: see the line before.');
  };
}

export const handler = lambdaHandler(runSweep(wireSweep()));
export const rehearsal = rehearsalOf(handler, {});
