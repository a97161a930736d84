import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
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

/** What the API for tokens of a stack with these properties asks for, by route. */
function tokenApiWith(more: object) {
  const { stack, revocation } = inTheirStack({ jwt: { ...jwt, ...more } });
  const template = Template.fromStack(stack);
  const [own] = Object.keys(template.findResources('AWS::ApiGatewayV2::Authorizer'));
  const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).filter(
    ({ Properties }) => Properties.AuthorizerId?.Ref === own,
  );
  return { template, revocation, stack, routes: routes.map(({ Properties }) => Properties) };
}

test('the issuer is that of the tokens, character by character', () => {
  tokenApiWith({}).template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
    JwtConfiguration: { Issuer: 'https://idp.example.com/tenant/', Audience: ['offboarding'] },
  });
});

test('a prefix stands before each scope', () => {
  const { routes } = tokenApiWith({ scopePrefix: 'revocation/' });
  const scopes = routes.flatMap(({ AuthorizationScopes = [] }) => AuthorizationScopes);
  expect([...new Set(scopes)].sort()).toEqual(
    ['read', 'register', 'register-for-anyone', 'revoke', 'revoke-everyone'].map(
      (one) => `revocation/${one}`,
    ),
  );
});

test('with a claim for roles API Gateway checks no scope, so each function behind a route must know its role', () => {
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
    // Answers that there is no such route, and does nothing else.
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

test('with jwt or without it, the API for IAM is the same: its id, and whatever its routes are', () => {
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

test('of a stack with one API for tokens, keepsFirstApi changes no route: the API for IAM is new', () => {
  const kept = tokenApiWith({ keepsFirstApi: true });
  const [first] = kept.stack.resolve(kept.revocation.jwtApiUrl ?? '')['Fn::GetAtt'];
  const alone = inTheirStack();
  expect(alone.stack.resolve(alone.revocation.apiUrl)['Fn::GetAtt'][0]).toBe(first);
  const authorizers = Object.keys(kept.template.findResources('AWS::ApiGatewayV2::Authorizer'));
  // As the version before named it.
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
    '/$default/HEAD/revocations',
    '/$default/HEAD/revocations/*',
    '/$default/HEAD/sessions',
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

test('the worker and a call get the whole rates of Logouts; the worker also gets the number of workers', () => {
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

test('without an identity store there is no grant on one, and the sweep finds what is stuck; without Okta no rule for it', () => {
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
  'a sweep every %i minutes is over in %i seconds, and is not repeated: never two at a time',
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
    // EventBridge begins within a minute, and the event is a minute old at the most.
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

test('those that sign people out know how long they are refused, and nobody does unless it is set', () => {
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

test('what is known at deployment only is let through', () => {
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
])('a sweep every %s is silent when it has not run for three of its periods', (_, every, Period, periods) => {
  const { stack } = inTheirStack({ sweep: { every, directoryCallsPerSecond: 10 } });
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'Invocations',
    Period,
    EvaluationPeriods: periods,
    TreatMissingData: 'breaching',
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1,
  });
});
