import type { Answer, ControlCalls, Json } from '../ground/answer.ts';
import { badRequest } from '../ground/control.ts';
import { type BusEvent, busName, type EventsOptions, envelope, RESERVED_PREFIX } from './events.ts';

/** A control call that sends what PutEvents refuses: events of AWS's services and of partners. */
export function eventCalls(options: EventsOptions): ControlCalls {
  return { 'POST /_emulator/events': (json) => send(json, options) };
}

function send(json: Json, options: EventsOptions): Answer {
  const { source, 'detail-type': detailType, detail, resources = [], bus = 'default' } = json;
  const { account = envelope(options).account } = json;
  if (typeof source !== 'string' || !source.startsWith(RESERVED_PREFIX))
    return badRequest(`source must begin with ${RESERVED_PREFIX}; PutEvents accepts every other source`);
  if (typeof detailType !== 'string' || detailType === '') return badRequest('detail-type must be a string');
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail))
    return badRequest('detail must be an object');
  if (!Array.isArray(resources)) return badRequest('resources must be a list');
  if (typeof account !== 'string' || !/^\d{12}$/.test(account))
    return badRequest('account must be 12 digits in a string');
  const event: BusEvent = {
    ...envelope(options),
    'detail-type': detailType,
    source,
    account,
    resources: resources.map(String),
    detail: { ...detail },
  };
  options.put(busName(String(bus)), event);
  return { status: 201, json: { id: event.id } };
}
