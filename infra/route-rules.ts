import { accessRoutes, denyListRoutes, routes } from '../lambda/routes.ts';
import type { ThrottleSettings } from './throttle.ts';

export const allRoutes = { ...routes, ...denyListRoutes, ...accessRoutes };
export type RouteName = keyof typeof allRoutes;

interface RouteRule {
  readonly throttle: keyof ThrottleSettings;
  /** The scope or role that a JSON Web Token needs for this route, without the stack's prefix. */
  readonly scope: string;
  /** Replaces the path parameter in the IAM right to call the route. @default `*` */
  readonly parameterPattern?: string;
}

export const routeRules: Record<RouteName, RouteRule> = {
  revoke: { throttle: 'revoke', scope: 'revoke' },
  revokeEveryone: { throttle: 'everyone', scope: 'revoke-everyone' },
  readRevocation: { throttle: 'read', scope: 'read' },
  listRevocations: { throttle: 'read', scope: 'read' },
  registerOwnSession: { throttle: 'register', scope: 'register' },
  registerSession: { throttle: 'register', scope: 'register-for-anyone' },
  listSessions: { throttle: 'read', scope: 'read' },
  // A user id has a hyphen and `everyone` has none. With `*`, the right to lift users would include `everyone`.
  liftDenial: { throttle: 'lift', scope: 'lift', parameterPattern: '*-*' },
  liftEveryone: { throttle: 'liftEveryone', scope: 'lift-everyone' },
  restoreAccess: { throttle: 'restore', scope: 'restore-access' },
};
