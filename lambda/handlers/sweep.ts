import { type SweepDeps, sweep } from '../domain/detect/sweep.ts';
import { type LambdaFunction, lambdaHandler } from '../shell/function.ts';
import { countEach, logger } from '../shell/telemetry.ts';
import { wireSweep } from '../wiring/background.ts';

/**
 * Runs on a schedule: one sweep, or as much of it as there is time for. Throws if some users could not be checked, so that
 * an alarm is raised.
 */
export function runSweep(deps: SweepDeps): LambdaFunction<unknown, void> {
  return async (_event, deadline) => {
    const { finished, ...counts } = await sweep(deps, deadline);
    logger.info('swept', { finished, ...counts });
    countEach('Sweep', counts);
    if (counts.unanswered + counts.unreadable > 0)
      throw new Error('Not all could be swept: see the line before.');
  };
}

export const handler = lambdaHandler(runSweep(wireSweep()));
