import type { PortalWatch } from '../../lambda/domain/ports.ts';

/** For tests in which it does not matter how often the portal throttles. */
export const unwatched: PortalWatch = { throttled: () => {} };
