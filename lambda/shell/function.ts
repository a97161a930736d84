import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy, { type MiddyfiedHandler } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Deadline } from '../domain/deadline.ts';
import { logger, metrics } from './telemetry.ts';

/** What a Lambda function does with one event in the time that it has. */
export type LambdaFunction<Event, Result> = (event: Event, deadline: Deadline) => Promise<Result>;

/**
 * The shell of every function: the deadline, the log's context, the metrics. Functions that messages or a schedule start
 * need no more. If such a function throws, Lambda counts an error, which raises an alarm, and delivers the messages again.
 */
export function lambdaHandler<Event, Result>(
  run: LambdaFunction<Event, Result>,
  timing: { timeoutEarlyInMillis?: number } = {},
): MiddyfiedHandler<Event, Result> {
  return middy<Event, Result>(
    (event: Event, context: Context, { signal }: { signal: AbortSignal }) =>
      run(event, { signal, remainingMillis: () => context.getRemainingTimeInMillis() }),
    timing,
  )
    .use(injectLambdaContext(logger, { logEvent: false, resetKeys: true }))
    .use(publishMetrics());
}

/** Powertools' own middleware logs a warning for every invocation that has nothing to count. */
function publishMetrics(): { after: () => void; onError: () => void } {
  const publish = () => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: publish, onError: publish };
}
