import type { FormProtocol } from '../ground/query-protocol.ts';
import { queryCode } from './sqs-input.ts';

/** The protocol that the AWS CLI up to 2.13 speaks with SQS: what Debian 12 installs is 2.9. Later ones speak JSON. */
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
