import { type Handler, type Input, type JsonService, requireText, ServiceError } from '../ground/service.ts';
import { compileFilter } from './filter-pattern.ts';
import type { LogGroups } from './log-groups.ts';

/** Emulates the call of CloudWatch Logs by which `aws logs tail` and `filter-log-events` read one log. It answers a single page. */
export function logsService(groups: LogGroups): JsonService {
  return {
    name: 'logs',
    target: 'Logs_20140328',
    version: '1.1',
    handlers: {
      FilterLogEvents: (input) => filter(groups, input),
    } satisfies Record<string, Handler>,
    refusals: {
      throttle: new ServiceError('ThrottlingException', 'Rate exceeded'),
      fail: new ServiceError('ServiceUnavailableException', 'Internal server error', 500),
      reject: new ServiceError('InvalidParameterException', 'The request is not valid.'),
    },
  };
}

/** @throws ServiceError ResourceNotFoundException, InvalidParameterException */
function filter(groups: LogGroups, input: Input): object {
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY, filterPattern = '' } = input;
  const events = groups.read(requireText(input, 'logGroupName'));
  if (!events) throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
  const matches = compileFilter(String(filterPattern));
  const isAsked = (timestamp: number) => timestamp >= Number(startTime) && timestamp <= Number(endTime);
  const found = events.filter(({ timestamp, message }) => isAsked(timestamp) && matches(message));
  return {
    events: found.map(({ timestamp, message }, index) => ({
      logStreamName: 'local',
      timestamp,
      message,
      ingestionTime: timestamp,
      eventId: String(index),
    })),
    searchedLogStreams: [],
  };
}
