/** The HTTP API's routes in API Gateway's notation: infra deploys them, the catch-all function answers for every other. */
export const routes = {
  revoke: 'POST /revocations',
  readRevocation: 'GET /revocations/{revocationId}',
} as const;
