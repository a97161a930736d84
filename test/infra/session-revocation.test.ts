import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { SessionRevocation, type SessionRevocationProps } from '../../infra/index.ts';
import { templateApp } from '../support/template-app.ts';

/** In somebody else's stack. */
function inTheirStack(props?: SessionRevocationProps) {
  const stack = new Stack(templateApp(), 'Theirs');
  return { stack, revocation: new SessionRevocation(stack, 'Revocation', props) };
}

test('properties reach the functions that need them', () => {
  const { stack } = inTheirStack({
    portalRegions: ['eu-central-1', 'eusc-de-east-1'],
    maxSessionsPerUser: 7,
    portalSession: Duration.hours(10),
    maxRoleSession: Duration.hours(4),
    recordRetention: Duration.days(30),
    retry: { mode: 'adaptive', maxAttempts: 5 },
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        PORTAL_REGIONS: 'eu-central-1,eusc-de-east-1',
        MAX_SESSIONS_PER_USER: '7',
        MAX_ROLE_SESSION_SECONDS: '14400',
        RECORD_RETENTION_DAYS: '30',
        AWS_RETRY_MODE: 'adaptive',
        AWS_MAX_ATTEMPTS: '5',
      },
    },
  });
  // A removal's denial stands until nothing can be obtained any more, which the portal session decides.
  for (const service of ['revoke', 'work', 'register-session', 'register-own-session']) {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { POWERTOOLS_SERVICE_NAME: service, PORTAL_SESSION_SECONDS: '36000' } },
    });
  }
});

test('one portal region can be given by itself', () => {
  const { stack } = inTheirStack({ portalRegion: 'us-gov-west-1' });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { PORTAL_REGIONS: 'us-gov-west-1' } },
  });
});

const jwt = { issuer: 'https://idp.example.com/tenant/', audience: ['offboarding'] };

test('with a JWT authorizer no route is left to IAM, and the issuer is that of the tokens, character by character', () => {
  const { stack } = inTheirStack({ jwt });
  const template = Template.fromStack(stack);
  template.allResourcesProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'JWT' });
  template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
    JwtConfiguration: { Issuer: 'https://idp.example.com/tenant/', Audience: ['offboarding'] },
  });
});

test('with a JWT authorizer each route wants a scope of its own', () => {
  const { stack } = inTheirStack({ jwt, roleSessions: { targets: ['r-abcd'] } });
  const routes = Object.values(Template.fromStack(stack).findResources('AWS::ApiGatewayV2::Route'));
  const scopes = routes.map(({ Properties }) => [Properties.RouteKey, Properties.AuthorizationScopes]);
  expect(Object.fromEntries(scopes)).toEqual({
    // Whoever has any token gets a 404, or a 405, and nothing else.
    $default: undefined,
    'DELETE /deny-list/{userId}': ['lift'],
    'GET /revocations': ['read'],
    'GET /revocations/{revocationId}': ['read'],
    'GET /sessions': ['read'],
    'POST /revocations': ['revoke'],
    'POST /revocations/everyone': ['revoke-everyone'],
    'PUT /sessions': ['register'],
    'PUT /users/{userId}/sessions': ['register-for-anyone'],
  });
});

test('the throttle of one kind of route can be set, and the others keep theirs', () => {
  const { stack } = inTheirStack({ throttle: { register: { rateLimit: 100, burstLimit: 200 } } });
  Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Stage', {
    RouteSettings: {
      'PUT /sessions': { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
      'PUT /users/{userId}/sessions': { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
      'POST /revocations': { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
    },
  });
});

test('with a JWT authorizer, a grant to an IAM principal is refused: it would allow nothing', () => {
  const { stack, revocation } = inTheirStack({ jwt });
  const workflow = new Role(stack, 'Workflow', { assumedBy: new AccountRootPrincipal() });
  expect(() => revocation.grantRevoke(workflow)).toThrow(/give the caller a token with the scope revoke/);
});

test('revoking and reading are granted apart', () => {
  const { stack, revocation } = inTheirStack();
  const auditor = new Role(stack, 'Auditor', { assumedBy: new AccountRootPrincipal() });
  const workflow = new Role(stack, 'Workflow', { assumedBy: new AccountRootPrincipal() });
  revocation.grantRead(auditor);
  revocation.grantRevoke(workflow);
  const template = Template.fromStack(stack);
  expect(callableBy('Auditor', template)).toEqual([
    '/$default/GET/revocations',
    '/$default/GET/revocations/*',
    '/$default/GET/sessions',
  ]);
  expect(callableBy('Workflow', template)).toEqual(['/$default/POST/revocations']);
});

test('the right to register oneself is not the right to register anyone', () => {
  const { stack, revocation } = inTheirStack();
  const employees = new Role(stack, 'Employees', { assumedBy: new AccountRootPrincipal() });
  const portal = new Role(stack, 'Portal', { assumedBy: new AccountRootPrincipal() });
  revocation.grantRegister(employees);
  revocation.grantRegisterForAnyone(portal);
  const template = Template.fromStack(stack);
  expect(callableBy('Employees', template)).toEqual(['/$default/PUT/sessions']);
  expect(callableBy('Portal', template)).toEqual(['/$default/PUT/users/*/sessions']);
});

test('only the function that registers the caller knows the claim with the user name', () => {
  const { stack } = inTheirStack({ jwt: { ...jwt, userNameClaim: 'preferred_username' } });
  const functions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  const told = functions.map(({ Properties }) => Properties.Environment.Variables);
  expect(
    told
      .filter(({ USER_NAME_CLAIM }) => USER_NAME_CLAIM !== undefined)
      .map((variables) => [variables.POWERTOOLS_SERVICE_NAME, variables.USER_NAME_CLAIM]),
  ).toEqual([['register-own-session', 'preferred_username']]);
});

/** The stage and the route of every request that a role may make. A `*` for the stage would also match slashes. */
function callableBy(role: string, template: Template): string[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  const own = policies.filter(([id]) => id.startsWith(role));
  const statements: { Action: string; Resource: unknown }[] = own.flatMap(
    ([, { Properties }]) => Properties.PolicyDocument.Statement,
  );
  expect(new Set(statements.map(({ Action }) => Action))).toEqual(new Set(['execute-api:Invoke']));
  const arns = statements.flatMap(({ Resource }) => [Resource].flat());
  return arns.map((arn) => /"(\/[^"]+)"\]\]\}$/.exec(JSON.stringify(arn))?.[1] ?? '').sort();
}

test('the worker gets the total rate of Logouts and the number of workers, a call the rate of one worker', () => {
  const { stack } = inTheirStack({ logouts: { perSecond: 30, atOnce: 9 }, workers: 3 });
  const template = Template.fromStack(stack);
  for (const Variables of [
    { POWERTOOLS_SERVICE_NAME: 'work', LOGOUTS_PER_SECOND: '30', LOGOUTS_AT_ONCE: '9', WORKERS: '3' },
    { POWERTOOLS_SERVICE_NAME: 'revoke', LOGOUTS_PER_SECOND: '10', LOGOUTS_AT_ONCE: '3' },
  ]) {
    template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables } });
  }
});

test('without an identity store there is no grant on one, and the sweep finds what is stuck; without Okta no rule for it', () => {
  const { stack } = inTheirStack();
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Events::Rule', 4);
  expect(JSON.stringify(template.toJSON())).not.toContain('identitystore:');
});

test('two of them fit into one stack', () => {
  const { stack } = inTheirStack();
  new SessionRevocation(stack, 'Second');
  Template.fromStack(stack).resourceCountIs('AWS::ApiGatewayV2::Api', 2);
});

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
  [{ logouts: { perSecond: 20, atOnce: 5 } }, /logouts.atOnce must be between 6/],
  [{ logouts: { perSecond: 20, atOnce: 10 }, workers: 4 }, /logouts.atOnce must be between 12/],
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
  expect(() => inTheirStack(props)).toThrow(message);
});
