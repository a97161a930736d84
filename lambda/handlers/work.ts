import { derivedId } from '../domain/ids.ts';
import { revokeUserJob } from '../domain/job.ts';
import { lambdaHandler } from '../shell/function.ts';
import { eachMessage } from '../shell/messages.ts';
import { batch, NOBODY, rehearsalOf } from '../shell/rehearsal.ts';
import { wireWork } from '../wiring/background.ts';

/** The worker: processes batches from the queues of removals, bulk jobs and reports. */
export const work = eachMessage;

const deps = wireWork();
export const handler = lambdaHandler(work(deps));
export const rehearsal = rehearsalOf(
  handler,
  batch(
    deps,
    revokeUserJob({
      revocationId: derivedId('user', 'rehearsal'),
      source: 'http',
      requestedBy: 'rehearsal',
      requestedAt: new Date(),
      userId: NOBODY,
      cause: 'signed-out',
    }),
  ),
);
