import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { SessionRevocation, type SessionRevocationProps } from '../../infra/index.ts';
import { templateApp } from '../support/template-app.ts';

/** In an app's own stack. */
function inTheirStack(props?: SessionRevocationProps) {
  const stack = new Stack(templateApp(), 'Theirs');
  return { stack, revocation: new SessionRevocation(stack, 'Revocation', props) };
}

test('properties reach the functions that need them', () => {
  const { stack } = inTheirStack({
    identityStoreId: 'd-1234567890',
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
  for (const service of ['revoke', 'work', 'sweep', 'register-session', 'register-own-session']) {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { POWERTOOLS_SERVICE_NAME: service, INSTANCE_REGION: 'eu-central-1' } },
    });
  }
  // The denial of a removal lasts until the portal can issue no more role sessions, which depends on the portal
  // session.
  for (const service of ['revoke', 'work', 'register-session', 'register-own-session']) {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { POWERTOOLS_SERVICE_NAME: service, PORTAL_SESSION_SECONDS: '36000' } },
    });
  }
});

test('portalRegion sets a single Region of the portal', () => {
  const { stack } = inTheirStack({ portalRegion: 'us-gov-west-1' });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { PORTAL_REGIONS: 'us-gov-west-1' } },
  });
});

const jwt = { issuer: 'https://idp.example.com/tenant/', audience: ['offboarding'] };

/** What the API for tokens of a stack with these properties requires, by route. */
function tokenApiWith(more: object) {
  const { stack, revocation } = inTheirStack({ jwt: { ...jwt, ...more } });
  const template = Template.fromStack(stack);
  const [own] = Object.keys(template.findResources('AWS::ApiGatewayV2::Authorizer'));
  const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).filter(
    ({ Properties }) => Properties.AuthorizerId?.Ref === own,
  );
  return { template, revocation, stack, routes: routes.map(({ Properties }) => Properties) };
}

test('the issuer of the authorizer is exactly the configured one', () => {
  tokenApiWith({}).template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
    JwtConfiguration: { Issuer: 'https://idp.example.com/tenant/', Audience: ['offboarding'] },
  });
});

test('a scope prefix is put before each scope', () => {
  const { routes } = tokenApiWith({ scopePrefix: 'revocation/' });
  const scopes = routes.flatMap(({ AuthorizationScopes = [] }) => AuthorizationScopes);
  expect([...new Set(scopes)].sort()).toEqual(
    ['read', 'register', 'register-for-anyone', 'revoke', 'revoke-everyone'].map(
      (one) => `revocation/${one}`,
    ),
  );
});

test('with a claim for roles, API Gateway checks no scope, and each function knows its required role', () => {
  const { routes, template } = tokenApiWith({ rolesClaim: 'roles', scopePrefix: 'r.' });
  const all = template.toJSON().Resources;
  const functionOf = (target: unknown) => {
    const integration = JSON.stringify(target).match(/"Ref":"(\w+)"/)?.[1] ?? '';
    return all[all[integration].Properties.IntegrationUri['Fn::GetAtt'][0]].Properties.Environment.Variables;
  };
  const told = routes.map(({ RouteKey, Target, AuthorizationScopes }) => {
    const { ROLES_CLAIM, REQUIRED_ROLE } = functionOf(Target);
    return [RouteKey, [ROLES_CLAIM, REQUIRED_ROLE, AuthorizationScopes]];
  });
  const of = (role: string) => ['roles', `r.${role}`, undefined];
  expect(Object.fromEntries(told)).toEqual({
    // It only answers that there is no such route.
    $default: [undefined, undefined, undefined],
    'GET /revocations': of('read'),
    'GET /revocations/{revocationId}': of('read'),
    'GET /sessions': of('read'),
    'HEAD /revocations': of('read'),
    'HEAD /revocations/{revocationId}': of('read'),
    'HEAD /sessions': of('read'),
    'POST /revocations': of('revoke'),
    'POST /revocations/everyone': of('revoke-everyone'),
    'PUT /sessions': of('register'),
    'PUT /users/{userId}/sessions': of('register-for-anyone'),
  });
});

test('a grant to an IAM principal is for the API with IAM authorization', () => {
  const { revocation, stack } = inTheirStack({ jwt });
  const workflow = new Role(stack, 'Workflow', { assumedBy: new AccountRootPrincipal() });
  revocation.grantRevoke(workflow);
  const template = Template.fromStack(stack);
  expect(callableBy('Workflow', template)).toEqual(['/$default/POST/revocations']);
  const [[, granted] = []] = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) =>
    id.startsWith('Workflow'),
  );
  expect(stack.resolve(revocation.apiUrl)).not.toEqual(stack.resolve(revocation.jwtApiUrl));
  const [api] = stack.resolve(revocation.apiUrl)['Fn::GetAtt'];
  expect(JSON.stringify(granted)).toContain(`{"Ref":"${api}"}`);
});

test('the API for IAM has the same id and routes with jwt and without', () => {
  const ofFirst = (props: SessionRevocationProps) => {
    const { Resources } = Template.fromStack(inTheirStack(props).stack).toJSON();
    const all = Object.entries<{ Type: string; Properties: { ApiId?: { Ref: string } } }>(Resources);
    const [[id] = ['']] = all.filter(([, { Type }]) => Type === 'AWS::ApiGatewayV2::Api');
    return Object.fromEntries(
      all.filter(([key, { Properties }]) => key === id || Properties?.ApiId?.Ref === id),
    );
  };
  expect(ofFirst({ jwt })).toEqual(ofFirst({}));
});

test('for a stack that had only an API for tokens, keepsFirstApi keeps its routes, and the API for IAM is new', () => {
  const kept = tokenApiWith({ keepsFirstApi: true });
  const [first] = kept.stack.resolve(kept.revocation.jwtApiUrl ?? '')['Fn::GetAtt'];
  const alone = inTheirStack();
  expect(alone.stack.resolve(alone.revocation.apiUrl)['Fn::GetAtt'][0]).toBe(first);
  const authorizers = Object.keys(kept.template.findResources('AWS::ApiGatewayV2::Authorizer'));
  // The earlier version's name.
  expect(authorizers).toEqual([expect.stringMatching(/^RevocationApiJwt/)]);
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

test('revoking and reading are granted separately', () => {
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
    '/$default/HEAD/revocations',
    '/$default/HEAD/revocations/*',
    '/$default/HEAD/sessions',
  ]);
  expect(callableBy('Workflow', template)).toEqual(['/$default/POST/revocations']);
});

test("the right to register one's own session does not include registering for others", () => {
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

/** Stage and route of every request that a role may make. A `*` for the stage would also match slashes. */
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

test('worker and Revoke get the full rates of Logouts, and the worker also gets the number of workers', () => {
  const { stack } = inTheirStack({ logouts: { perSecond: 30, atOnce: 9, maxPerSecond: 60 }, workers: 3 });
  const template = Template.fromStack(stack);
  const rates = { LOGOUTS_PER_SECOND: '30', MAX_LOGOUTS_PER_SECOND: '60', LOGOUTS_AT_ONCE: '9' };
  for (const Variables of [
    { POWERTOOLS_SERVICE_NAME: 'work', ...rates, WORKERS: '3' },
    { POWERTOOLS_SERVICE_NAME: 'revoke', ...rates },
  ]) {
    template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables } });
  }
});

test.each([
  [undefined, { LOGOUTS_PER_SECOND: '20', MAX_LOGOUTS_PER_SECOND: '100', LOGOUTS_AT_ONCE: '20' }],
  [
    { perSecond: 400, atOnce: 20 },
    { LOGOUTS_PER_SECOND: '400', MAX_LOGOUTS_PER_SECOND: '400' },
  ],
])('with the logouts %j, the rates are %j', (logouts, Variables) => {
  const { stack } = inTheirStack(logouts && { logouts });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables } });
});

test('without properties, the stack has four rules and no grant on an identity store', () => {
  const { stack } = inTheirStack();
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Events::Rule', 4);
  expect(JSON.stringify(template.toJSON())).not.toContain('identitystore:');
});

test.each([
  [5, 180],
  [15, 780],
  [16, 840],
  [17, 900],
  [60, 900],
])(
  'a sweep every %i minutes times out after %i seconds and is not retried, so two never overlap',
  (minutes, Timeout) => {
    const { stack } = inTheirStack({
      sweep: { every: Duration.minutes(minutes), directoryCallsPerSecond: 10 },
    });
    const template = Template.fromStack(stack);
    const isSweep = { POWERTOOLS_SERVICE_NAME: 'sweep' };
    const sweeps = template.findResources('AWS::Lambda::Function', {
      Properties: { Environment: { Variables: isSweep }, Timeout },
    });
    const [Ref] = Object.keys(sweeps);
    // EventBridge starts it within a minute, with an event that is at most a minute old.
    expect(Timeout).toBeLessThanOrEqual((minutes - 2) * 60);
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: `rate(${minutes === 60 ? '1 hour' : `${minutes} minutes`})`,
      Targets: [Match.objectLike({ RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } })],
    });
  },
);

test('only Revoke and Work know signOutFence, and only if it is set', () => {
  const told = (props: SessionRevocationProps) => {
    const functions = Template.fromStack(inTheirStack(props).stack).findResources('AWS::Lambda::Function');
    const variables = Object.values(functions).map(({ Properties }) => Properties.Environment.Variables);
    return variables.flatMap(({ SIGN_OUT_FENCE_SECONDS: seconds, POWERTOOLS_SERVICE_NAME: name }) =>
      seconds === undefined ? [] : [[name, seconds]],
    );
  };
  expect(told({ signOutFence: Duration.minutes(10) }).sort()).toEqual([
    ['revoke', '600'],
    ['work', '600'],
  ]);
  expect(told({})).toEqual([]);
});
test('two of them fit into one stack', () => {
  const { stack } = inTheirStack();
  new SessionRevocation(stack, 'Second');
  Template.fromStack(stack).resourceCountIs('AWS::ApiGatewayV2::Api', 2);
});

test('values that are known only at deployment are accepted', () => {
  const stack = new Stack(templateApp(), 'Theirs');
  const named = (id: string) => new CfnParameter(stack, id).valueAsString;
  const revocation = new SessionRevocation(stack, 'Revocation', {
    identityStoreId: named('Store'),
    portalRegions: [named('Region')],
    eventSource: named('Source'),
    eventAccounts: [named('Account')],
    oktaEventBusName: named('Bus'),
    registrarRole: { organizationId: named('Organization') },
  });
  expect(revocation.registrarRole).toBeDefined();
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'sweep', IDENTITY_STORE_ID: { Ref: 'Store' } } },
  });
});

test.each([
  ['15 minutes', Duration.minutes(15), 45 * 60, 1],
  ['8 hours', Duration.hours(8), 86_400, 1],
  ['9 hours', Duration.hours(9), 86_400, 2],
  ['a day', Duration.days(1), 86_400, 3],
  ['2 days', Duration.days(2), 86_400, 6],
  ['56 hours', Duration.hours(56), 86_400, 7],
])(
  'with a sweep every %s, the alarm on silence is raised after three missed runs',
  (_, every, Period, periods) => {
    const { stack } = inTheirStack({ sweep: { every, directoryCallsPerSecond: 10 } });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'Invocations',
      Period,
      EvaluationPeriods: periods,
      TreatMissingData: 'breaching',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
    });
  },
);
