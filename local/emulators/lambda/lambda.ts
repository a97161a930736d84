import type { Operation } from '../ground/answer.ts';

/** An event source mapping, by which Lambda receives messages of a queue for a function. */
export interface DescribedMapping {
  readonly id: string;
  readonly queueArn: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly isEnabled: boolean;
}

/** The local run adds to this list while it starts. */
export type DescribedMappings = DescribedMapping[];

/** Emulates the call of AWS Lambda that shows which queues its functions receive messages from. */
export function lambdaOperations(mappings: DescribedMappings): Record<string, Operation> {
  const listMappings: Operation = {
    name: 'lambda:ListEventSourceMappings',
    faultName: 'lambda',
    refuse: () => ({
      status: 500,
      headers: { 'x-amzn-errortype': 'ServiceException' },
      json: { Message: 'Internal server error' },
    }),
    handle({ query }) {
      const name = query.get('FunctionName');
      const found = mappings.filter(
        ({ functionName, functionArn }) => name === null || name === functionName || name === functionArn,
      );
      return { status: 200, json: { EventSourceMappings: found.map(wire) } };
    },
  };
  // Version 2 of the AWS CLI omits the slash.
  return {
    'GET /2015-03-31/event-source-mappings/': listMappings,
    'GET /2015-03-31/event-source-mappings': listMappings,
  };
}

function wire({ id, queueArn, functionArn, isEnabled }: DescribedMapping): object {
  return {
    UUID: id,
    EventSourceArn: queueArn,
    FunctionArn: functionArn,
    State: isEnabled ? 'Enabled' : 'Disabled',
  };
}
