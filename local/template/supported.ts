import type { Assembly } from './assembly.ts';

/** Resource types whose behaviour the local run reproduces. */
const EXECUTED = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::Events::Rule',
  'AWS::KMS::Key',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::Organizations::Policy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
]);

/** Resource types that the local run ignores, each with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::ApiMapping': 'the API is reached at localhost',
  'AWS::ApiGatewayV2::DomainName': 'the API is reached at localhost',
  'AWS::CDK::Metadata': 'has no behaviour',
  'AWS::CloudWatch::Alarm': 'nothing is measured here',
  'AWS::EC2::SecurityGroup': 'functions reach what this machine reaches',
  'AWS::Events::EventBusPolicy': 'the account that events are said to come from needs no permission here',
  'AWS::CloudWatch::Dashboard': 'nothing is measured here',
  'AWS::IAM::Policy': 'permissions are not enforced',
  'AWS::IAM::Role': 'permissions are not enforced; only STS asks who may assume it',
  'AWS::Logs::QueryDefinition': 'queries are for people to run',
  'AWS::SNS::Subscription': 'no alarm is raised here',
  'AWS::SNS::Topic': 'no alarm is raised here',
  'AWS::SNS::TopicPolicy': 'no alarm is raised here',
};

/** @throws Error naming every resource that would otherwise be ignored silently */
export function requireSupported({ resources }: Pick<Assembly, 'resources'>): void {
  const faults = [...resources].flatMap(([id, { Type, Condition }]) => {
    if (Type in LEFT_OUT) return [];
    if (!EXECUTED.has(Type)) return [`${id} (${Type})`];
    return Condition === undefined ? [] : [`${id} (${Type}, under a condition)`];
  });
  if (faults.length > 0) throw new Error(`The local run does not know how to run ${faults.join(', ')}.`);
}
