import type { FormProtocol } from '../ground/query-protocol.ts';
import { queryCode } from './sqs-input.ts';

/** Older AWS CLIs, such as version 2.9 of Debian 12, call SQS with this protocol. Newer ones and the SDK use JSON. */
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
