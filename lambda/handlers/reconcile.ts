import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { reconcileDenyList } from '../domain/role-sessions/reconcile-deny-list.ts';
import { publishMetrics } from '../shell/http.ts';
import { logger, metrics } from '../shell/telemetry.ts';
import { wireReconcile } from '../wiring.ts';

const deps = wireReconcile();

/**
 * Brings the policies in line with the deny list, whatever the messages say: a change of the list and the schedule send
 * the same. A policy that cannot be changed is an error of the function: alarmed, and the messages come back.
 */
export const handler = middy(
  async (_event: unknown, context: Context, { signal }: { signal: AbortSignal }) => {
    const deadline = { signal, remainingMillis: () => context.getRemainingTimeInMillis() };
    const { failure, ...counts } = await reconcileDenyList(deps, deadline);
    const told = failure && { code: failure.code, cause: failure.cause };
    logger[failure ? 'error' : 'info']('reconciled', { ...counts, ...told });
    for (const [name, count] of Object.entries(counts))
      metrics.addMetric(`DenyList:${name}`, MetricUnit.Count, count);
    if (failure) throw failure;
  },
)
  .use(injectLambdaContext(logger, { logEvent: false, resetKeys: true }))
  .use(publishMetrics());
