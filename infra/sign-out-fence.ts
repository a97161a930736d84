import type { Duration } from 'aws-cdk-lib';
import { requireDuration } from './require-between.ts';

export interface SignOutFenceProps {
  /**
   * How long after a sign-out no session of that user can be registered: 30 seconds to an hour, in whole seconds. A session that is
   * registered in that time is refused, and ended. The default is longer than a registration takes, so registrations in progress
   * are refused too.
   *
   * @default 30 seconds
   */
  readonly signOutFence?: Duration;
}

/** The sweep takes a fence of more than an hour for a removal's, and lowers it if the directory says that the user may sign in. */
const LONGEST_SECONDS = 3_600;

/** @throws Error naming the property that is out of its range */
export function resolveSignOutFence({ signOutFence }: SignOutFenceProps): Duration | undefined {
  if (signOutFence === undefined) return undefined;
  requireDuration('signOutFence', signOutFence, { unit: 'seconds', lowest: 30, highest: LONGEST_SECONDS });
  return signOutFence;
}
