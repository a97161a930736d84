import { describeAccessLog } from '../../../local/http/access-log.ts';
import { createResolver } from '../../../local/template/intrinsics.ts';
import { arnOf, assemblyOf } from '../template/assembly-of.ts';

function logOf(AccessLogSettings?: object, apiId = 'this-api') {
  const assembly = assemblyOf({
    Logs: { Type: 'AWS::Logs::LogGroup' },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: 'this-api', ...(AccessLogSettings && { AccessLogSettings }) },
    },
  });
  return describeAccessLog(assembly, createResolver(assembly, 'us-east-1'), apiId);
}

const values = {
  requestId: 'r',
  status: 403,
  startedAt: Date.UTC(2026, 0, 2),
  routeKey: 'PUT /sessions',
  callerArn: 'arn:aws:sts::000000000000:assumed-role/local/"you"',
  sourceIp: undefined,
};

test('a line has the format of the stage, with a hyphen for unknown values and escaped quotes', () => {
  const Format =
    '{"status":"$context.status","route":"$context.routeKey","caller":"$context.identity.userArn","ip":"$context.identity.sourceIp","error":"$context.error.message"}';
  const log = logOf({ DestinationArn: arnOf('Logs'), Format });
  expect(log?.group).toBe('Logs');
  expect(JSON.parse(log?.lineOf(values) ?? '')).toEqual({
    status: '403',
    route: 'PUT /sessions',
    caller: values.callerArn,
    ip: '-',
    error: '-',
  });
});

test('a stage of another API is ignored', () => {
  expect(logOf({ DestinationArn: arnOf('Logs'), Format: '' }, 'another')).toBeUndefined();
});

test('a stage without an access log writes none', () => {
  expect(logOf()).toBeUndefined();
});
