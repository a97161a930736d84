import { type ReconcileDeps, reconcileDenyList } from '../domain/role-sessions/reconcile-deny-list.ts';
import { type LambdaFunction, lambdaHandler } from '../shell/function.ts';
import { rehearsalOf } from '../shell/rehearsal.ts';
import { countEach, loggable, logger, measurePercent } from '../shell/telemetry.ts';
import { wireReconcile } from '../wiring/background.ts';

/**
 * Writes the deny list into the policies. It does not read its event: a change of the list and the schedule start the same
 * run. Throws if a policy or a record cannot be changed: then an alarm is raised, and SQS delivers the messages again. If there
 * is no time for all records, it does not throw, because it has woken itself for the rest.
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
