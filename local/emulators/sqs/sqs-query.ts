import type { FormProtocol } from '../ground/query-protocol.ts';
import { queryCode } from './sqs-input.ts';

/** The protocol that SQS spoke before JSON and older clients still do. */
export const sqsForm: FormProtocol = {
  version: '2012-11-05',
  namespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
  pathMember: 'QueueUrl',
  lists: {
    AttributeName: 'AttributeNames',
    MessageSystemAttributeName: 'MessageSystemAttributeNames',
    MessageAttributeName: 'MessageAttributeNames',
    SendMessageBatchRequestEntry: 'Entries',
    DeleteMessageBatchRequestEntry: 'Entries',
    ChangeMessageVisibilityBatchRequestEntry: 'Entries',
  },
  maps: { MessageAttribute: 'MessageAttributes' },
  outputMaps: ['Attributes', 'MessageAttributes'],
  elementName: (list, action) =>
    ({ Successful: `${action}ResultEntry`, Failed: 'BatchResultErrorEntry' })[list],
  codeOf: queryCode,
};
