/** What the stack gives the functions, for tests that import a handler file: it reads its environment when it loads. */
Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_RETRY_MODE: 'standard',
  AWS_MAX_ATTEMPTS: '3',
  TOKEN_CACHE_TABLE: 'token-cache',
  REVOCATIONS_TABLE: 'revocations',
  PORTAL_REGION: 'eu-west-1',
  MAX_ROLE_SESSION_SECONDS: '43200',
  RECORD_RETENTION_DAYS: '400',
  POWERTOOLS_SERVICE_NAME: 'test',
  POWERTOOLS_METRICS_NAMESPACE: 'Test',
});
