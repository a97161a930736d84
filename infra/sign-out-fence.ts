import type { Duration } from 'aws-cdk-lib';
import { requireDuration } from './require-between.ts';

export interface SignOutFenceProps {
  /**
   * How long after a sign-out no session of that user can be registered: 30 seconds to an hour, in whole seconds. A session that is
   * registered in that time is refused, and ended. The default is longer than a registration takes, so none that was under way is
   * missed.
   *
   * @default 30 seconds
   */
  readonly signOutFence?: Duration;
}

/** An hour: whoever is refused for longer counts as removed, and the sweep lets them back in. */
const LONGEST_SECONDS = 3_600;

/** @throws Error naming the property that is out of its range */
export function resolveSignOutFence({ signOutFence }: SignOutFenceProps): Duration | undefined {
  if (signOutFence === undefined) return undefined;
  requireDuration('signOutFence', signOutFence, { unit: 'seconds', lowest: 30, highest: LONGEST_SECONDS });
  return signOutFence;
}
