import { Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import { SessionRevocation, type SessionRevocationProps } from '../../infra/index.ts';
import { templateApp } from '../support/template-app.ts';

const INSTANCE = 'arn:aws:sso:::instance/ssoins-0123456789abcdef';
const jwt = { issuer: 'https://idp.example.com', audience: ['offboarding'] };

const twentyOne = Array.from(
  { length: 21 },
  (_, n) => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`,
);
const ending = { denyEndedAssignments: true, roleSessions: { targets: ['r-abcd'] } };
/** With the defaults for the parts that are absent. */
function sweeping(sweep: { every?: Duration; directoryCallsPerSecond?: number }): SessionRevocationProps {
  return { sweep: { every: Duration.minutes(15), directoryCallsPerSecond: 10, ...sweep } };
}

test.each<[SessionRevocationProps, RegExp]>([
  [{ maxRoleSession: Duration.hours(13) }, /maxRoleSession .* between 1 and 12/],
  [{ maxRoleSession: Duration.minutes(30) }, /maxRoleSession .* between 1 and 12/],
  [{ portalSession: Duration.minutes(5) }, /portalSession .* between 15/],
  [{ portalRegion: 'mars' }, /portalRegion must be an AWS region/],
  [{ portalRegion: '' }, /portalRegion must be an AWS region/],
  [{ portalRegions: [] }, /portalRegions must not be empty/],
  [{ portalRegions: ['eu-west-1', 'eu-west-1'] }, /portalRegions must differ/],
  [
    { portalRegions: ['eu-west-1', 'eu-west'] },
    /Each of portalRegions must be an AWS region .* not "eu-west"/,
  ],
  [{ portalRegions: ['eu-west-1', ''] }, /Each of portalRegions must be an AWS region .* not ""/],
  [{ portalRegions: ['eu-west-1'], portalRegion: 'eu-west-1' }, /not both/],
  [{ signOutFence: Duration.seconds(29) }, /signOutFence in seconds must be between 30 and 3600/],
  [{ signOutFence: Duration.minutes(61) }, /signOutFence in seconds must be between 30 and 3600/],
  [{ signOutFence: Duration.millis(30_500) }, /signOutFence must be a whole number of seconds/],
  [{ maxSessionsPerUser: 0 }, /maxSessionsPerUser must be between 1 and 1000/],
  [{ maxSessionsPerUser: 1001 }, /maxSessionsPerUser must be between 1 and 1000/],
  [{ maxSessionsPerUser: 2.5 }, /maxSessionsPerUser must be a whole number/],
  [{ eventSource: '' }, /eventSource must not be empty/],
  [{ eventSource: 'aws.identitystore' }, /eventSource must not begin with aws\./],
  [{ oktaEventBusName: '' }, /oktaEventBusName must be the name of a partner event bus/],
  [{ oktaEventBusName: 'default' }, /oktaEventBusName must be the name of a partner event bus/],
  [
    { eventAccounts: ['111122223333', '1111'] },
    /eventAccounts must be account ids of 12 digits, not .*, 1111/,
  ],
  [{ workers: 1 }, /workers must be between 2/],
  [{ logouts: { perSecond: 20, atOnce: 3 } }, /logouts.atOnce must be between 4/],
  [{ logouts: { perSecond: 20, atOnce: 10 }, workers: 6 }, /logouts.atOnce must be between 12/],
  [{ logouts: { perSecond: 0.9, atOnce: 10 } }, /logouts.perSecond must be between 1 /],
  [{ logouts: { perSecond: 20, atOnce: 10, maxPerSecond: 19 } }, /logouts.maxPerSecond must be between 20 /],
  [
    { logouts: { perSecond: 20, atOnce: 10, maxPerSecond: Number.NaN } },
    /logouts.maxPerSecond must be between/,
  ],
  [
    { logouts: { perSecond: 20, atOnce: 10, maxPerSecond: Token.asNumber({}) } },
    /logouts.maxPerSecond must be known/,
  ],
  [{ workers: 2.5 }, /workers must be a whole number/],
  [{ workers: 101 }, /workers must be between 2 and 100/],
  [{ logouts: { perSecond: Number.NaN, atOnce: 10 } }, /logouts.perSecond must be between 1 /],
  [{ logouts: { perSecond: 20, atOnce: 4.5 } }, /logouts.atOnce must be a whole number/],
  [{ logouts: { perSecond: Token.asNumber({}), atOnce: 10 } }, /logouts.perSecond must be known/],
  [sweeping({ directoryCallsPerSecond: 0 }), /sweep.directoryCallsPerSecond must be between 0.4 /],
  [sweeping({ directoryCallsPerSecond: 0.3 }), /sweep.directoryCallsPerSecond must be between 0.4 /],
  [
    { ...sweeping({ directoryCallsPerSecond: 0.5 }), workers: 100, logouts: { perSecond: 50, atOnce: 200 } },
    /sweep.directoryCallsPerSecond must be between 20 /,
  ],
  [sweeping({ every: Duration.seconds(0) }), /sweep.every in minutes must be between 1 /],
  [sweeping({ every: Duration.seconds(30) }), /sweep.every in minutes must be between 1 /],
  [sweeping({ every: Duration.seconds(90) }), /sweep.every must be a whole number of minutes, not 1 minute/],
  [
    sweeping({ every: Duration.minutes(4) }),
    /sweep.every must be at least 5 minutes, not 4 minutes: a run ends 2 minutes before the next/,
  ],
  [sweeping({ every: Duration.days(3) }), /sweep.every must be at most 56 hours, not 3 days: CloudWatch/],
  [sweeping({ every: Duration.seconds(Token.asNumber({})) }), /sweep.every must be known/],
  [{ recordRetention: Duration.hours(12) }, /recordRetention in days must be between 1 /],
  [{ recordRetention: Duration.days(0) }, /recordRetention in days must be between 1 /],
  [{ recordRetention: Duration.hours(36) }, /recordRetention must be a whole number of days, not 1 day/],
  [{ maxRoleSession: Duration.seconds(3_601) }, /maxRoleSession must be a whole number of minutes/],
  [{ portalSession: Duration.seconds(901) }, /portalSession must be a whole number of minutes/],
  [{ eventSource: 'off boarding' }, /eventSource must be 1 to 256 characters .* not "off boarding"/],
  [{ eventSource: 'offboarding\n' }, /eventSource must be 1 to 256 characters/],
  [{ eventSource: 'x'.repeat(257) }, /eventSource must be 1 to 256 characters/],
  [{ oktaEventBusName: 'aws.partner/okta' }, /oktaEventBusName must be the name of a partner event bus/],
  [{ identityStoreId: 'ssoins-1' }, /identityStoreId must look like d-1234567890, or be a UUID/],
  [{ identityStoreId: 'd-123456789g' }, /identityStoreId must look like d-1234567890, or be a UUID/],
  [{ identityStoreId: 'd-1234567890 ' }, /identityStoreId must look like d-1234567890, or be a UUID/],
  [{ instanceArn: 'ssoins-0123456789abcdef' }, /instanceArn must look like arn:aws:sso:::instance/],
  [
    { instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcde' },
    /instanceArn must look like arn:aws:sso:::instance/,
  ],
  [
    { instanceArn: 'arn:aws:sso:::permissionSet/ssoins-0123456789abcdef' },
    /instanceArn must look like arn:aws:sso:::instance/,
  ],
  [{ removeAccess: true }, /removeAccess needs identityStoreId/],
  [{ removeAccess: true, instanceArn: INSTANCE }, /removeAccess needs identityStoreId/],
  [{ removeAccess: true, identityStoreId: 'd-1234567890' }, /removeAccess needs instanceArn/],
  [{ recordUserNames: true }, /recordUserNames needs identityStoreId/],
  [{ retry: { mode: 'standard', maxAttempts: 0 } }, /maxAttempts must be between 1 and 10/],
  [{ retry: { mode: 'standard', maxAttempts: 2.5 } }, /maxAttempts must be a whole number/],
  [JSON.parse('{"retry": {"mode": "legacy", "maxAttempts": 3}}'), /retry.mode must be standard or adaptive/],
  [{ throttle: { revoke: { rateLimit: 0, burstLimit: 40 } } }, /throttle.revoke.rateLimit must be between/],
  [{ throttle: { read: { rateLimit: 5, burstLimit: 1.5 } } }, /throttle.read.burstLimit must be a whole/],
  [{ throttle: { restore: { rateLimit: 1, burstLimit: 0 } } }, /throttle.restore.burstLimit must be/],
  [{ jwt: { ...jwt, issuer: 'http://idp.example.com' } }, /jwt.issuer must be an https address/],
  [{ jwt: { ...jwt, issuer: 'idp.example.com' } }, /jwt.issuer must be an https address/],
  [{ jwt: { ...jwt, issuer: '' } }, /jwt.issuer must be an https address/],
  [{ jwt: { ...jwt, issuer: 'https://idp.example.com/?tenant=a' } }, /jwt.issuer .* without query/],
  [{ jwt: { ...jwt, issuer: ' https://idp.example.com' } }, /jwt.issuer must be an https address/],
  [{ jwt: { ...jwt, audience: [] } }, /jwt.audience must name/],
  [{ jwt: { ...jwt, audience: ['offboarding', ''] } }, /jwt.audience must name/],
  [{ jwt: { ...jwt, userNameClaim: '' } }, /jwt.userNameClaim must be the name of a claim/],
  [{ jwt: { ...jwt, rolesClaim: 'my roles' } }, /jwt.rolesClaim must be the name of a claim/],
  [{ jwt: { ...jwt, scopePrefix: 'revocation /' } }, /jwt.scopePrefix must have 45 characters at most/],
  [{ jwt: { ...jwt, scopePrefix: 'x'.repeat(46) } }, /jwt.scopePrefix must have 45 characters at most/],
  [{ jwt: { ...jwt, domainName: 'a.example.com' } }, /jwt.domainName needs jwt.certificateArn/],
  [
    { domainName: 'a.example.com', jwt: { ...jwt, domainName: 'a.example.com' } },
    /jwt.domainName must be another name than domainName/,
  ],
  [
    {
      jwt,
      domainName: 'a.example.com',
      certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd',
      disableExecuteApiEndpoint: true,
    },
    /disableExecuteApiEndpoint needs jwt.domainName/,
  ],
  [
    { registrarRole: { organizationId: 'r-abcd' } },
    /organizationId must look like o-a1b2c3d4e5, not "r-abcd"/,
  ],
  [{ registrarRole: { organizationId: 'o-short' } }, /organizationId must look like/],
  [{ registrarRole: { organizationId: 'o-A1B2C3D4E5' } }, /organizationId must look like/],
  [{ roleSessions: { targets: [] } }, /targets must not be empty/],
  [{ roleSessions: { targets: ['root'] } }, /targets must be r-…/],
  [{ roleSessions: { targets: ['r-abcd'], policies: 0 } }, /policies must be between 1/],
  [{ roleSessions: { targets: ['r-abcd'], policies: 1.5 } }, /policies must be a whole number/],
  [
    { roleSessions: { targets: ['r-abcd'], policyCharacters: 1_999 } },
    /policyCharacters must be between 2000/,
  ],
  [{ breakGlassUserIds: ['alice'] }, /breakGlassUserIds must be user ids .* not "alice"/],
  [{ breakGlassUserIds: twentyOne }, /number of breakGlassUserIds must be between 0 and 20/],
  [{ roleSessions: { targets: ['r-abcd'], policyCharacters: 5120.5 } }, /policyCharacters must be a whole/],
  [
    { roleSessions: { targets: ['r-abcd'], reconcileEvery: Duration.seconds(10) } },
    /reconcileEvery in minutes must be between 1 /,
  ],
  [
    { roleSessions: { targets: ['r-abcd'], reconcileEvery: Duration.days(3) } },
    /reconcileEvery must be at most 56 hours/,
  ],
  [{ roleSessions: { policyIds: ['FullAWSAccess'] } }, /policyIds must be p-…/],
  [{ roleSessions: { policyIds: ['p-examplepol', 'p-examplepol'] } }, /policyIds must differ/],
  [{ denyEndedAssignments: true }, /denyEndedAssignments needs roleSessions/],
  [{ ...ending, identityStoreId: 'd-1234567890' }, /denyEndedAssignments needs instanceArn/],
  [
    { ...ending, instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef' },
    /denyEndedAssignments needs identityStoreId/,
  ],
  [{ roleSessions: { policyIds: ['p-examplepol'], roleArn: 'deny-list' } }, /roleArn must be the ARN/],
])('%j is refused', (props, message) => {
  expect(() => new SessionRevocation(new Stack(templateApp(), 'Theirs'), 'Revocation', props)).toThrow(
    message,
  );
});

test.each<SessionRevocationProps>([
  { identityStoreId: '1234abcd-1111-4222-8333-444455556666' },
  { instanceArn: 'arn:aws-us-gov:sso:::instance/ssoins-0123456789abcdef' },
  { instanceArn: Fn.importValue('Instance') },
  { removeAccess: false },
  { removeAccess: true, identityStoreId: 'd-1234567890', instanceArn: INSTANCE },
  { removeAccess: true, identityStoreId: Fn.importValue('Store'), instanceArn: Fn.importValue('Instance') },
  { workers: 100, logouts: { perSecond: 50, atOnce: 200 }, ...sweeping({ directoryCallsPerSecond: 20 }) },
  { logouts: { perSecond: 400, atOnce: 20 } },
  { logouts: { perSecond: 20, atOnce: 20, maxPerSecond: 20 } },
  sweeping({ every: Duration.minutes(5), directoryCallsPerSecond: 0.4 }),
  sweeping({ every: Duration.hours(56) }),
  { recordRetention: Duration.hours(24), maxRoleSession: Duration.minutes(90) },
  { eventSource: 'com.example/hr:offboarding' },
  // An app without exactOptionalPropertyTypes may pass undefined.
  JSON.parse('{"roleSessions": {"policyIds": ["p-examplepol"]}}', (key, value) =>
    key === 'roleSessions' ? { ...value, policies: undefined } : value,
  ),
  { throttle: Object.fromEntries([['revoke', undefined]]) },
])('%j is accepted', (props) => {
  expect(() => new SessionRevocation(new Stack(templateApp(), 'Theirs'), 'Revocation', props)).not.toThrow();
});
