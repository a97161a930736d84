/** Settings that switch everything optional on, with ids that the emulators know. */
export const EVERYTHING = {
  identityStoreId: 'd-0000000000',
  oktaEventBusName: 'aws.partner/okta.com/local/offboarding',
  instanceArn: 'arn:aws:sso:::instance/ssoins-0000000000000000',
  removeAccess: 'true',
  recordUserNames: 'true',
  denyTargets: 'r-0000',
  denyEndedAssignments: 'true',
  eventsTo: 'default',
  registrarOrganizationId: 'o-local00000',
  jwtIssuer: 'https://idp.example.com/',
  jwtAudience: 'session-revocation',
  jwtUserNameClaim: 'preferred_username',
  alarmEmail: 'on-call@example.com',
};
