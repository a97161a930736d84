import { Duration, Stack } from 'aws-cdk-lib';
import { SessionRevocation, type SessionRevocationProps } from '../../infra/index.ts';
import { templateApp } from '../support/template-app.ts';

const jwt = { issuer: 'https://idp.example.com', audience: ['offboarding'] };

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
  [{ identityStoreId: 'ssoins-1' }, /identityStoreId must look like/],
  [{ retry: { mode: 'standard', maxAttempts: 0 } }, /maxAttempts must be between 1 and 10/],
  [{ throttle: { revoke: { rateLimit: 0, burstLimit: 40 } } }, /throttle.revoke.rateLimit must be between/],
  [{ throttle: { read: { rateLimit: 5, burstLimit: 1.5 } } }, /throttle.read.burstLimit must be a whole/],
  [{ jwt: { ...jwt, issuer: 'http://idp.example.com' } }, /jwt.issuer must be an https address/],
  [{ jwt: { ...jwt, issuer: 'idp.example.com' } }, /jwt.issuer must be an https address/],
  [{ jwt: { ...jwt, issuer: '' } }, /jwt.issuer must be an https address/],
  [{ jwt: { ...jwt, issuer: 'https://idp.example.com/?tenant=a' } }, /jwt.issuer .* without query/],
  [{ jwt: { ...jwt, issuer: ' https://idp.example.com' } }, /jwt.issuer must be an https address/],
  [{ jwt: { ...jwt, audience: [] } }, /jwt.audience must name/],
  [{ jwt: { ...jwt, audience: ['offboarding', ''] } }, /jwt.audience must name/],
  [{ jwt: { ...jwt, userNameClaim: '' } }, /jwt.userNameClaim must be the name of a claim/],
  [
    { registrarRole: { organizationId: 'r-abcd' } },
    /organizationId must look like o-a1b2c3d4e5, not "r-abcd"/,
  ],
  [{ registrarRole: { organizationId: 'o-short' } }, /organizationId must look like/],
  [{ registrarRole: { organizationId: 'o-A1B2C3D4E5' } }, /organizationId must look like/],
  [{ registrarRole: { organizationId: 'o-a1b2c3d4e5' }, jwt }, /registrarRole is for IAM authorization/],
  [{ roleSessions: { targets: [] } }, /targets must not be empty/],
  [{ roleSessions: { targets: ['root'] } }, /targets must be r-…/],
  [{ roleSessions: { targets: ['r-abcd'], policies: 0 } }, /policies must be between 1/],
  [{ roleSessions: { targets: ['r-abcd'], policyCharacters: 100 } }, /policyCharacters must be between/],
  [{ roleSessions: { policyIds: ['FullAWSAccess'] } }, /policyIds must be p-…/],
  [{ roleSessions: { policyIds: ['p-examplepol', 'p-examplepol'] } }, /policyIds must differ/],
  [{ roleSessions: { policyIds: ['p-examplepol'], roleArn: 'deny-list' } }, /roleArn must be the ARN/],
])('%j is refused', (props, message) => {
  expect(() => new SessionRevocation(new Stack(templateApp(), 'Theirs'), 'Revocation', props)).toThrow(
    message,
  );
});
