import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { sweep } from '../domain/detect/sweep.ts';
import { publishMetrics } from '../shell/http.ts';
import { logger, metrics } from '../shell/telemetry.ts';
import { wireSweep } from '../wiring.ts';

const deps = wireSweep();

/** Runs on a schedule: one sweep, or as much of it as there is time for. What it could not do is an error of the function, and alarmed. */
export const handler = middy(
  async (_event: unknown, context: Context, { signal }: { signal: AbortSignal }) => {
    const deadline = { signal, remainingMillis: () => context.getRemainingTimeInMillis() };
    const { finished, ...counts } = await sweep(deps, deadline);
    logger.info('swept', { finished, ...counts });
    for (const [name, count] of Object.entries(counts))
      metrics.addMetric(`Sweep:${name}`, MetricUnit.Count, count);
    if (counts.unanswered + counts.unreadable > 0)
      throw new Error('Not all could be swept: see the line before.');
  },
)
  .use(injectLambdaContext(logger, { logEvent: false, resetKeys: true }))
  .use(publishMetrics());
