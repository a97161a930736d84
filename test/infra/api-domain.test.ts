import { Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  SessionRevocation,
  SessionRevocationStack,
  type SessionRevocationStackProps,
} from '../../infra/index.ts';
import { requireSupported } from '../../local/template/supported.ts';
import { templateApp } from '../support/template-app.ts';

const domain = {
  domainName: 'revocation.example.com',
  certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd-1111-4222-8333-444455556666',
};

const templateOf = (props: SessionRevocationStackProps) =>
  Template.fromStack(new SessionRevocationStack(templateApp(), 'Theirs', props));

test('the API is reached at its domain name, with the certificate, over TLS 1.2 or later', () => {
  const template = templateOf(domain);
  template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
    DomainName: domain.domainName,
    DomainNameConfigurations: [
      { CertificateArn: domain.certificateArn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
    ],
  });
  const [[api, { Properties }] = ['', { Properties: {} }]] = Object.entries(
    template.findResources('AWS::ApiGatewayV2::Api'),
  );
  template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { ApiId: { Ref: api }, Stage: '$default' });
  expect(Properties).not.toHaveProperty('DisableExecuteApiEndpoint');
  const { ApiUrl, ApiDomainTarget, ApiDomainTargetHostedZoneId } = template.toJSON().Outputs;
  expect(ApiUrl.Value).toBe('https://revocation.example.com');
  for (const { Value } of [ApiDomainTarget, ApiDomainTargetHostedZoneId])
    expect(Value['Fn::GetAtt'][1]).toMatch(/^Regional/);
});

test('the address that API Gateway assigns can be disabled', () => {
  templateOf({ ...domain, disableExecuteApiEndpoint: true }).hasResourceProperties('AWS::ApiGatewayV2::Api', {
    DisableExecuteApiEndpoint: true,
  });
});

test('grants name the API, not its address', () => {
  const grantedBy = (props: SessionRevocationStackProps) => {
    const stack = new Stack(templateApp(), 'Theirs');
    const revocation = new SessionRevocation(stack, 'Revocation', props);
    revocation.grantRevoke(
      new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('states.amazonaws.com') }),
    );
    const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    return policies.filter(([id]) => id.startsWith('Caller'));
  };
  expect(grantedBy(domain)).toEqual(grantedBy({}));
  expect(grantedBy(domain)).toHaveLength(1);
});

test('the API for tokens has its own domain name, which leads to that API', () => {
  const jwt = {
    issuer: 'https://idp.example.com',
    audience: ['offboarding'],
    domainName: 'tokens.example.com',
    certificateArn: domain.certificateArn,
  };
  const template = templateOf({ ...domain, disableExecuteApiEndpoint: true, jwt });
  template.allResourcesProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
  const { Resources, Outputs } = template.toJSON();
  const mapped = Object.values(template.findResources('AWS::ApiGatewayV2::ApiMapping')).map(
    ({ Properties }) => [Resources[Properties.DomainName.Ref].Properties.DomainName, Properties.ApiId.Ref],
  );
  const { ApiId } =
    Object.values(template.findResources('AWS::ApiGatewayV2::Authorizer'))[0]?.Properties ?? {};
  expect(mapped.filter(([, api]) => api === ApiId.Ref)).toEqual([['tokens.example.com', ApiId.Ref]]);
  expect(mapped.map(([name]) => name).sort()).toEqual(['revocation.example.com', 'tokens.example.com']);
  expect(Outputs.JwtApiUrl.Value).toBe('https://tokens.example.com');
  expect(Outputs.JwtApiDomainTarget).toBeDefined();
});

test('without domainName, the template has no trace of it', () => {
  const template = templateOf({});
  for (const type of ['DomainName', 'ApiMapping']) template.resourceCountIs(`AWS::ApiGatewayV2::${type}`, 0);
  expect(Object.keys(template.toJSON().Outputs).filter((name) => name.includes('Domain'))).toEqual([]);
});

test('the local run supports it, and values that are known only at deployment are accepted', () => {
  const { Resources } = templateOf({
    domainName: Fn.importValue('Name'),
    certificateArn: Fn.importValue('Arn'),
  }).toJSON();
  expect(() => requireSupported({ resources: new Map(Object.entries(Resources)) as never })).not.toThrow();
});

test.each<[SessionRevocationStackProps, RegExp]>([
  [{ domainName: domain.domainName }, /domainName needs certificateArn/],
  [{ certificateArn: domain.certificateArn }, /certificateArn is for domainName/],
  [{ disableExecuteApiEndpoint: true }, /disableExecuteApiEndpoint needs domainName/],
  [
    { ...domain, domainName: 'https://revocation.example.com' },
    /domainName must be a domain name in lower case/,
  ],
  [{ ...domain, domainName: 'Revocation.example.com' }, /domainName must be a domain name in lower case/],
  [{ ...domain, domainName: 'localhost' }, /domainName must be a domain name in lower case/],
  [
    { ...domain, certificateArn: 'arn:aws:iam::111122223333:server-certificate/a' },
    /certificateArn must be the ARN/,
  ],
])('%j is refused', (props, message) => {
  expect(() => templateOf(props)).toThrow(message);
});
