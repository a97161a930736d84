import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Deadline } from '../domain/deadline.ts';
import { type ProcessMessageDeps, processMessage } from '../domain/detect/process-message.ts';
import { retryDelaySeconds } from '../domain/detect/retry-delay.ts';
import { DomainError } from '../domain/errors.ts';
import type { Redelivery } from '../domain/ports.ts';
import { publishMetrics } from '../shell/http.ts';
import { logger, metrics, withoutText } from '../shell/telemetry.ts';
import { wireWork } from '../wiring.ts';

export interface WorkDeps extends ProcessMessageDeps {
  /** After so many receives a message goes to the dead-letter queue. */
  maxReceiveCount: number;
  redelivery: Redelivery;
}

/**
 * Takes a batch of the queue: jobs of ours and events of EventBridge, side by side. Each message succeeds or fails by
 * itself; the ids of those that failed are answered, and SQS delivers them again.
 */
export function work(deps: WorkDeps) {
  return async ({ Records }: SQSEvent, deadline: Deadline): Promise<SQSBatchResponse> => {
    const failed = await Promise.all(Records.map((record) => hasFailed(deps, record, deadline)));
    const failures = Records.filter((_, index) => failed[index]);
    return { batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

async function hasFailed(deps: WorkDeps, record: SQSRecord, deadline: Deadline): Promise<boolean> {
  const { messageId } = record;
  const receiveCount = Number(record.attributes.ApproximateReceiveCount);
  const attempt = { lastAttempt: receiveCount >= deps.maxReceiveCount };
  try {
    const processed = await processMessage(deps, record.body, deadline, attempt);
    const isEnded = processed.kind !== 'not-ended';
    logger[isEnded ? 'info' : 'warn']('message', { messageId, receiveCount, ...processed });
    metrics.addMetric(`Message:${processed.kind}`, MetricUnit.Count, 1);
    if (!isEnded) await comeBack(deps, record, retryDelaySeconds(receiveCount), deadline);
    return !isEnded;
  } catch (error) {
    const known = error instanceof DomainError ? error : undefined;
    const told = known ? { code: known.code, cause: known.cause } : { defect: withoutText(error) };
    logger.error('message', { messageId, receiveCount, kind: 'failed', ...told });
    metrics.addMetric('Message:failed', MetricUnit.Count, 1);
    await comeBack(deps, record, retryDelaySeconds(receiveCount, known?.code), deadline);
    return true;
  }
}

/** If that fails, the message comes back all the same, after the queue's visibility timeout. */
async function comeBack(
  { redelivery }: WorkDeps,
  { messageId, receiptHandle }: SQSRecord,
  seconds: number,
  deadline: Deadline,
): Promise<void> {
  try {
    await redelivery.after(receiptHandle, seconds, deadline.signal);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    logger.warn('message comes back late', { messageId, code: error.code, cause: error.cause });
  }
}

const run = work(wireWork());

export const handler = middy<SQSEvent, SQSBatchResponse>(
  (event: SQSEvent, context: Context, { signal }: { signal: AbortSignal }) =>
    run(event, { signal, remainingMillis: () => context.getRemainingTimeInMillis() }),
)
  .use(injectLambdaContext(logger, { logEvent: false, resetKeys: true }))
  .use(publishMetrics());
