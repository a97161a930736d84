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

/** Those that are there only where role sessions are denied. */
export const denyListRoutes = {
  liftDenial: 'DELETE /deny-list/{userId}',
} as const;
