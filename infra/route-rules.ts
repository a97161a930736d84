import { accessRoutes, denyListRoutes, routes } from '../lambda/routes.ts';
import type { ThrottleSettings } from './throttle.ts';

export const allRoutes = { ...routes, ...denyListRoutes, ...accessRoutes };
export type RouteName = keyof typeof allRoutes;

interface RouteRule {
  readonly throttle: keyof ThrottleSettings;
  /** What a JSON Web Token must hold for this route, after the prefix of the stack. */
  readonly scope: string;
  /** What stands for the parameter of the path in the right to call the route; `*` where absent. */
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
  // A user id has a hyphen and `everyone` has none: the right to lift users must not hold for everyone.
  liftDenial: { throttle: 'lift', scope: 'lift', parameterPattern: '*-*' },
  liftEveryone: { throttle: 'liftEveryone', scope: 'lift-everyone' },
  restoreAccess: { throttle: 'restore', scope: 'restore-access' },
};
