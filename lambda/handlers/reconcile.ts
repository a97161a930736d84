import { type ReconcileDeps, reconcileDenyList } from '../domain/role-sessions/reconcile-deny-list.ts';
import { type LambdaFunction, lambdaHandler } from '../shell/function.ts';
import { rehearsalOf } from '../shell/rehearsal.ts';
import { countEach, loggable, logger, measurePercent } from '../shell/telemetry.ts';
import { wireReconcile } from '../wiring/background.ts';

/**
 * Brings the policies in line with the deny list. The event is not read: a change of the list and the schedule send the
 * same. Throws if a policy or a record cannot be changed, so that an alarm is raised and SQS delivers the messages again. That
 * there was no time for all records is no failure: the reconciler has woken itself.
 */
export function reconcile(deps: ReconcileDeps): LambdaFunction<unknown, void> {
  return async (_event, deadline) => {
    const { failure, percentFull, ...counts } = await reconcileDenyList(deps, deadline);
    logger[failure ? 'error' : 'info']('reconciled', {
      percentFull,
      ...counts,
      ...(failure && loggable(failure)),
    });
    if (percentFull > 0) measurePercent('DenyList:percentFull', percentFull);
    countEach('DenyList', counts);
    if (failure) throw failure;
  };
}

export const handler = lambdaHandler(reconcile(wireReconcile()));
export const rehearsal = rehearsalOf(handler, {});
