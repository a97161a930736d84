/** The HTTP API's routes in API Gateway's notation: infra deploys them, the catch-all function answers for every other. */
export const routes = {
  revoke: 'POST /revocations',
  revokeEveryone: 'POST /revocations/everyone',
  readRevocation: 'GET /revocations/{revocationId}',
  listRevocations: 'GET /revocations',
  registerSession: 'PUT /sessions',
  listSessions: 'GET /sessions',
} as const;
