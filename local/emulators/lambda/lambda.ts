import type { Operation } from '../ground/answer.ts';

/** By which Lambda takes messages of a queue for a function. */
export interface DescribedMapping {
  readonly id: string;
  readonly queueArn: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly isEnabled: boolean;
}

/** Grows while the local run starts. */
export type DescribedMappings = DescribedMapping[];

/** AWS Lambda, as far as it tells people which queues its functions take messages of. */
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
  // Version 2 of the AWS CLI leaves the slash out.
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
