import { pageOf } from '../ground/pages.ts';
import type { FormService } from '../ground/query-protocol.ts';
import { type Handler, type Input, ServiceError } from '../ground/service.ts';

/** A stack as CloudFormation describes it. */
export interface DescribedStack {
  readonly name: string;
  readonly id: string;
  readonly outputs: readonly { readonly key: string; readonly value: string }[];
  readonly resources: readonly {
    readonly logicalId: string;
    readonly physicalId: string;
    readonly type: string;
  }[];
}

/** The local run adds to this list while it starts. */
export type DescribedStacks = DescribedStack[];

const PAGE = 100;

/** Emulates the calls of CloudFormation that show a stack's outputs and the physical names of its resources. */
export function cloudFormationService(stacks: DescribedStacks): FormService {
  return {
    name: 'cloudformation',
    form: {
      version: '2010-05-15',
      namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
      listItem: 'member',
    },
    handlers: {
      DescribeStacks: (input) => ({ Stacks: [stackOf(requireStack(stacks, input))] }),
      ListStackResources(input) {
        const { resources } = requireStack(stacks, input);
        const { items, ...rest } = pageOf(resources, ({ logicalId }) => logicalId, input, PAGE);
        return { StackResourceSummaries: items.map(summaryOf), ...rest };
      },
    } satisfies Record<string, Handler>,
    refusals: {
      throttle: new ServiceError('Throttling', 'Rate exceeded'),
      fail: new ServiceError('InternalFailure', 'Internal server error', 500),
      reject: new ServiceError('ValidationError', 'The request is not valid.'),
    },
  };
}

/** @throws ServiceError ValidationError */
function requireStack(stacks: DescribedStacks, { StackName }: Input): DescribedStack {
  const stack = stacks.find(({ name, id }) => StackName === name || StackName === id);
  if (stack) return stack;
  throw new ServiceError('ValidationError', `Stack with id ${String(StackName)} does not exist`);
}

function stackOf({ name, id, outputs }: DescribedStack): object {
  return {
    StackId: id,
    StackName: name,
    CreationTime: STARTED,
    StackStatus: STATUS,
    Outputs: outputs.map(({ key, value }) => ({ OutputKey: key, OutputValue: value })),
  };
}

function summaryOf({ logicalId, physicalId, type }: DescribedStack['resources'][number]): object {
  return {
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    LastUpdatedTimestamp: STARTED,
    ResourceStatus: STATUS,
  };
}

const STATUS = 'CREATE_COMPLETE';
const STARTED = new Date().toISOString();
