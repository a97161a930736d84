import { requireBetween, requireWhole } from './require-between.ts';

/** The throttle of one route, for all its callers together. */
export interface RouteThrottle {
  /** Requests per second, sustained. */
  readonly rateLimit: number;
  /** Requests at once. */
  readonly burstLimit: number;
}

/** Each route has a limit of its own, so that no kind of request uses up what another kind needs: docs/facts.md § Callers of the HTTP API. */
export interface ThrottleProps {
  /**
   * `POST /revocations`.
   *
   * @default 20 a second, 40 at once
   */
  readonly revoke?: RouteThrottle;
  /**
   * `POST /revocations/everyone`.
   *
   * @default 1 a second, 2 at once: nobody needs it twice
   */
  readonly everyone?: RouteThrottle;
  /**
   * `PUT /sessions` and `PUT /users/{userId}/sessions`: each of the two has this limit. Raise it if many people sign in at the
   * same time of day.
   *
   * @default 20 a second, 40 at once
   */
  readonly register?: RouteThrottle;
  /**
   * Each of the `GET` routes and each of their `HEAD` routes has this limit.
   *
   * @default 20 a second, 40 at once
   */
  readonly read?: RouteThrottle;
  /**
   * `DELETE /deny-list/{userId}`.
   *
   * @default 5 a second, 10 at once
   */
  readonly lift?: RouteThrottle;
  /**
   * `DELETE /deny-list/everyone`.
   *
   * @default 1 a second, 2 at once
   */
  readonly liftEveryone?: RouteThrottle;
  /**
   * `POST /revocations/{revocationId}/restore-access`.
   *
   * @default 1 a second, 5 at once
   */
  readonly restore?: RouteThrottle;
  /**
   * All requests that match no route.
   *
   * @default 2 a second, 5 at once
   */
  readonly other?: RouteThrottle;
}

export type ThrottleSettings = Required<ThrottleProps>;

const DEFAULTS: ThrottleSettings = {
  revoke: { rateLimit: 20, burstLimit: 40 },
  everyone: { rateLimit: 1, burstLimit: 2 },
  register: { rateLimit: 20, burstLimit: 40 },
  read: { rateLimit: 20, burstLimit: 40 },
  lift: { rateLimit: 5, burstLimit: 10 },
  liftEveryone: { rateLimit: 1, burstLimit: 2 },
  restore: { rateLimit: 1, burstLimit: 5 },
  other: { rateLimit: 2, burstLimit: 5 },
};

/** The kinds of routes. */
export const THROTTLED = Object.keys(DEFAULTS);

/** @throws Error naming the limit that is out of its range */
export function resolveThrottle(props: ThrottleProps = {}): ThrottleSettings {
  // A property that is explicitly undefined counts as missing.
  const given = Object.entries(props).filter(([, limit]) => limit !== undefined);
  const settings: ThrottleSettings = { ...DEFAULTS, ...Object.fromEntries(given) };
  for (const [kind, { rateLimit, burstLimit }] of Object.entries(settings)) {
    // API Gateway accepts 0, but then refuses every request.
    requireBetween(`throttle.${kind}.rateLimit`, rateLimit, 0.1, 10_000);
    requireWhole(`throttle.${kind}.burstLimit`, burstLimit, 1, 5_000);
  }
  return settings;
}
