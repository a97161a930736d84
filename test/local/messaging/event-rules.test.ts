import { parseRate } from '../../../local/messaging/rate.ts';
import { arnOf, type Resources } from '../template/assembly-of.ts';
import { userRemoved as event, resources, startMessaging, until } from './messaging-stack.ts';

type Messaging = ReturnType<typeof startMessaging>;

let messaging: Messaging | undefined;
let invocations: [functionId: string, event: unknown][];
let fails: number;

afterEach(() => {
  messaging?.close();
  messaging = undefined;
});

/** No event source reads the queues, so they keep their messages. */
function start(changes: Resources = {}): Messaging {
  [invocations, fails] = [[], 0];
  const started = startMessaging({ Mapping: undefined, ...changes }, async (id, event) => {
    invocations.push([id, event]);
    if (fails-- > 0) throw Object.assign(new Error('no good'), { errorType: 'TypeError' });
    return null;
  });
  messaging = started;
  return started;
}

const rule = (change: object): Resources => ({
  Rule: { ...resources.Rule, Properties: { ...resources.Rule.Properties, ...change } },
});
const target = (change: object) => rule({ Targets: [{ Id: 'T', Arn: arnOf('Jobs'), ...change }] });
const received = (id: string) =>
  messaging
    ?.queue(id)
    .receive(10)
    .map(({ body }) => JSON.parse(body));

describe('a rule', () => {
  it('sends a whole matching event to its queue', () => {
    const { bus } = start();
    bus.put('default', event);
    bus.put('default', { ...event, 'detail-type': 'Something Else' });
    expect(received('Jobs')).toEqual([event]);
  });

  it('matches only events of its own bus', () => {
    const partner = 'aws.partner/okta.com/acme/events';
    const { bus } = start(rule({ EventBusName: partner }));
    bus.put('default', event);
    expect(received('Jobs')).toEqual([]);
    bus.put(partner, event);
    expect(received('Jobs')).toEqual([event]);
  });

  it('does nothing while it is disabled', () => {
    const { bus } = start(rule({ State: 'DISABLED' }));
    bus.put('default', event);
    expect(received('Jobs')).toEqual([]);
  });

  it('sends the event to its dead-letter queue if delivery fails', () => {
    const { bus, faults, queue } = start();
    faults.set({ operation: 'delivery', fault: 'fail', times: 1 });
    bus.put('default', event);
    bus.put('default', event);
    expect(queue('Jobs').counts().visible).toBe(1);
    const [letter] = queue('RuleDead').receive(1);
    expect(JSON.parse(letter?.body ?? '')).toEqual(event);
    expect(letter?.attributes).toMatchObject({
      RULE_ARN: { StringValue: 'arn:aws:events:eu-west-1:000000000000:rule/Rule' },
      TARGET_ARN: { StringValue: 'arn:aws:sqs:eu-west-1:000000000000:Jobs' },
      ERROR_CODE: { DataType: 'String' },
    });
  });

  it('reports an event that is lost because there is no dead-letter queue', () => {
    const { bus, faults, lines } = start(target({}));
    faults.set({ operation: 'delivery', fault: 'fail', times: 1 });
    bus.put('default', event);
    expect(lines).toEqual([expect.stringContaining(`event ${event.id} is lost`)]);
  });

  const policy = (change: object): Resources => {
    const [allow, deny] = resources.Policy.Properties.PolicyDocument.Statement;
    const PolicyDocument = { Statement: [{ ...allow, ...change }, deny] };
    return {
      Policy: { ...resources.Policy, Properties: { ...resources.Policy.Properties, PolicyDocument } },
    };
  };
  const bySource = (id: string) => ({ ArnEquals: { 'aws:SourceArn': arnOf(id) } });
  it.each([
    [
      'without a queue policy',
      { Policy: undefined },
      'no AWS::SQS::QueuePolicy lets EventBridge send to Jobs',
    ],
    ['with a policy for another rule', policy({ Condition: bySource('Sweep') }), 'no AWS::SQS::QueuePolicy'],
    [
      'with a policy for another service',
      policy({ Principal: { Service: 'sns.amazonaws.com' } }),
      'no AWS::SQS',
    ],
    [
      'with a policy for another action',
      policy({ Action: 'sqs:ReceiveMessage' }),
      'no AWS::SQS::QueuePolicy',
    ],
    [
      'with a policy that denies',
      policy({ Effect: 'Deny', Condition: undefined }),
      'no AWS::SQS::QueuePolicy',
    ],
    ['with a dead-letter queue it may not use', policy({ Resource: arnOf('Jobs') }), 'send to RuleDead'],
    [
      'with a condition that is not known',
      policy({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }),
      'IpAddress aws:SourceIp',
    ],
    ['without a permission for its function', { SweepPermission: undefined }, 'no AWS::Lambda::Permission'],
    [
      'with a target that is not in the stack',
      target({ Arn: 'arn:aws:sns:x' }),
      'neither a queue nor a function',
    ],
    ['with a transformed input', target({ InputTransformer: {} }), 'does not support InputTransformer'],
    ['with a text of its own', target({ Input: '{"a":1}' }), 'does not support Input'],
    ['with a part of the event', target({ InputPath: '$.detail' }), 'does not support InputPath'],
    [
      'with an unknown operator',
      rule({ EventPattern: { source: [{ cidr: 'x' }] } }),
      'Rule: The event pattern',
    ],
    [
      'with a cron schedule',
      rule({ ScheduleExpression: 'cron(0 * * * ? *)' }),
      'Rule: the local run does not',
    ],
    [
      'with neither pattern nor schedule',
      rule({ EventPattern: undefined }),
      'EventPattern or a ScheduleExpression',
    ],
  ])('is refused %s', (_, changes, message) => {
    start();
    expect(() => startMessaging(changes, async () => null)).toThrow(message);
  });

  it('may be allowed to send by an ARN pattern', () => {
    const { bus } = start(
      policy({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:*:rule/*' } } }),
    );
    bus.put('default', event);
    expect(received('Jobs')).toEqual([event]);
  });
});

describe('a schedule', () => {
  const MINUTE = 60_000;

  it('runs by the clock, first one period after its start', async () => {
    const { time } = start();
    time.now += 15 * MINUTE - 1;
    await new Promise(setImmediate);
    expect(invocations).toEqual([]);
    for (let period = 1; period <= 3; period += 1) {
      time.now += period === 1 ? 1 : 15 * MINUTE;
      await until(() => invocations.length === period);
    }
    const scheduled = { 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} };
    expect(invocations[0]).toEqual([
      'Fn',
      expect.objectContaining({ ...scheduled, time: '2026-01-02T03:19:05Z' }),
    ]);
  });

  it('runs on demand, and resolves when it is done', async () => {
    const { schedules } = start();
    expect(schedules.logicalIds).toEqual(['Sweep']);
    await schedules.run('Sweep');
    expect(invocations).toHaveLength(1);
    await expect(schedules.run('Rule')).rejects.toThrow('Rule is not a schedule');
  });

  it.each([
    ['rate(1 minute)', MINUTE],
    ['rate(5 minutes)', 5 * MINUTE],
    ['rate(1 hour)', 60 * MINUTE],
    ['rate(2 days)', 2 * 24 * 60 * MINUTE],
  ])('%s is a period', (expression, millis) => {
    expect(parseRate(expression)).toBe(millis);
  });

  it.each([
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(0 minutes)',
    'rate(5 weeks)',
    'cron(0 12 * * ? *)',
    'x',
  ])('%s is refused', (expression) => {
    expect(() => parseRate(expression)).toThrow(`does not support the schedule ${expression}`);
  });
});

describe('an asynchronous invocation', () => {
  it('is tried three times, and then reported as lost', async () => {
    const { schedules, lines } = start();
    fails = 3;
    await schedules.run('Sweep');
    expect(invocations).toHaveLength(3);
    expect(lines).toEqual([expect.stringContaining('Fn: an event is lost')]);
  });

  const config = (more: object) => ({
    Once: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { FunctionName: { Ref: 'Fn' }, Qualifier: '$LATEST', ...more },
    },
  });

  it.each([
    [0, 1],
    [1, 2],
    [undefined, 3],
  ])('with %s retries in the template, it is tried %i times', async (MaximumRetryAttempts, times) => {
    const more = {
      MaximumEventAgeInSeconds: 60,
      ...(MaximumRetryAttempts !== undefined && { MaximumRetryAttempts }),
    };
    const { schedules, lines } = start(config(more));
    fails = 3;
    await schedules.run('Sweep');
    expect(invocations).toHaveLength(times);
    expect(lines).toHaveLength(1);
  });

  it.each([
    [{ DestinationConfig: {} }, 'does not support DestinationConfig'],
    [{ Qualifier: '7' }, 'has $LATEST of a function, not 7'],
    [{ FunctionName: 'elsewhere' }, 'elsewhere is not a function of this stack'],
    [{ MaximumRetryAttempts: 3 }, 'MaximumRetryAttempts must be a whole number from 0 to 2'],
  ])('%j is refused', (more, message) => {
    expect(() => start(config(more))).toThrow(message);
  });
});
