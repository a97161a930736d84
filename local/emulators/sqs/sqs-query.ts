import type { FormProtocol } from '../ground/query-protocol.ts';
import { queryCode } from './sqs-input.ts';

/** Older AWS CLIs speak this protocol with SQS, such as version 2.9 of Debian 12. Newer ones and the SDK speak JSON. */
export const sqsForm: FormProtocol = {
  version: '2012-11-05',
  namespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
  lists: {
    AttributeName: 'AttributeNames',
    MessageAttributeName: 'MessageAttributeNames',
  },
  outputMaps: ['Attributes', 'MessageAttributes'],
  codeOf: queryCode,
};
