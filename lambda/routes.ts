/** The HTTP API's routes in API Gateway's notation. */
export const routes = {
  revoke: 'POST /revocations',
  revokeEveryone: 'POST /revocations/everyone',
  readRevocation: 'GET /revocations/{revocationId}',
  listRevocations: 'GET /revocations',
  registerOwnSession: 'PUT /sessions',
  registerSession: 'PUT /users/{userId}/sessions',
  listSessions: 'GET /sessions',
} as const;

/** The routes that exist only if the stack denies role sessions. */
export const denyListRoutes = {
  liftDenial: 'DELETE /deny-list/{userId}',
  liftEveryone: 'DELETE /deny-list/everyone',
} as const;

/** The routes that exist only if the stack takes access away. */
export const accessRoutes = {
  restoreAccess: 'POST /revocations/{revocationId}/restore-access',
} as const;

/**
 * The keys of a route in API Gateway: its own and, for GET, also that of HEAD. RFC 9110 requires both, but an HTTP API does not
 * send HEAD to a GET route: docs/facts.md § Callers of the HTTP API.
 */
export function routeKeys(route: string): [string, ...string[]] {
  const [method, path] = route.split(' ');
  return method === 'GET' ? [route, `HEAD ${path}`] : [route];
}
