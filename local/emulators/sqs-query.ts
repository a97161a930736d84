import { randomUUID } from 'node:crypto';
import type { Answer, Operation } from './answer.ts';
import { type Input, type Service, ServiceError } from './service.ts';
import { queryCode } from './sqs-input.ts';

/**
 * The protocol that SQS spoke before JSON and older clients still do: a form in, XML out.
 *
 * @param path - Of the request: it names the queue where the form does not.
 * @returns undefined for a form that names no action of the service
 */
export function queryOperation(service: Service, form: string, path: string): Operation | undefined {
  const parameters = new URLSearchParams(form);
  const action = parameters.get('Action') ?? '';
  const handler = service.handlers[action];
  if (!handler) return undefined;
  const input = { QueueUrl: path, ...inputOf(parameters) };
  return {
    name: `${service.name}:${action}`,
    faultName: service.name,
    refuse: (kind) => queryFailure(service.refusals[kind]),
    async handle({ signal }) {
      try {
        return xml(200, action, await handler(input, signal));
      } catch (error) {
        if (error instanceof ServiceError) return queryFailure(error);
        throw error;
      }
    },
  };
}

interface Tree {
  [key: string]: Tree | string;
}

/** Lists of the form, by the name that each has in JSON. */
const INPUT_LISTS: Readonly<Record<string, string>> = {
  AttributeName: 'AttributeNames',
  MessageSystemAttributeName: 'MessageSystemAttributeNames',
  MessageAttributeName: 'MessageAttributeNames',
  SendMessageBatchRequestEntry: 'Entries',
  DeleteMessageBatchRequestEntry: 'Entries',
  ChangeMessageVisibilityBatchRequestEntry: 'Entries',
};

/** `Entry.1.Name=x` is `{"Entry": {"1": {"Name": "x"}}}`. */
function inputOf(parameters: URLSearchParams): Input {
  const tree: Tree = Object.create(null);
  for (const [key, value] of parameters) {
    const path = key.split('.');
    const last = path.pop() ?? '';
    let node = tree;
    for (const part of path) {
      const next = node[part];
      const child: Tree = typeof next === 'object' ? next : Object.create(null);
      node[part] = child;
      node = child;
    }
    node[last] = value;
  }
  return toJson(tree);
}

function toJson(tree: Tree): Input {
  const members = Object.entries(tree).map(([name, value]): [string, unknown] => {
    if (typeof value === 'string') return [name, value];
    const list = Object.values(value).map((item) => (typeof item === 'string' ? item : toJson(item)));
    if (name === 'MessageAttribute') return ['MessageAttributes', byName(list)];
    return name in INPUT_LISTS ? [INPUT_LISTS[name] ?? name, list] : [name, toJson(value)];
  });
  return Object.fromEntries(members);
}

function byName(list: unknown[]): Record<string, unknown> {
  return Object.fromEntries(list.map((item) => [Object(item).Name, Object(item).Value]));
}

/** Names of the elements that a list or a map of the JSON becomes. */
function elementName(name: string, action: string): string {
  if (name === 'Successful') return `${action}ResultEntry`;
  if (name === 'Failed') return 'BatchResultErrorEntry';
  return name.replace(/s$/, '');
}

const MAPS = ['Attributes', 'MessageAttributes'];

function elements(value: object, action: string): string {
  return Object.entries(value)
    .map(([name, member]) => {
      const element = elementName(name, action);
      if (Array.isArray(member)) return member.map((item) => tag(element, content(item, action))).join('');
      if (!MAPS.includes(name)) return tag(name, content(member, action));
      return Object.entries(member)
        .map(([Name, Value]) => tag(element, elements({ Name, Value }, action)))
        .join('');
    })
    .join('');
}

function content(value: unknown, action: string): string {
  return typeof value === 'object' && value !== null ? elements(value, action) : escapeXml(String(value));
}

const tag = (name: string, inner: string) => `<${name}>${inner}</${name}>`;

function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    '\r': '&#xD;',
  };
  return text.replace(/[&<>"\r]/g, (character) => entities[character] ?? character);
}

function xml(status: number, action: string, output: object | undefined): Answer {
  const result = output ? tag(`${action}Result`, elements(output, action)) : '';
  const metadata = tag('ResponseMetadata', tag('RequestId', randomUUID()));
  const namespace = 'xmlns="http://queue.amazonaws.com/doc/2012-11-05/"';
  return document(status, `<${action}Response ${namespace}>${result}${metadata}</${action}Response>`);
}

/** An error as services with this protocol word it. */
export function queryFailure(error: ServiceError): Answer {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const detail = tag('Type', type) + tag('Code', queryCode(error)) + tag('Message', escapeXml(error.message));
  const body = tag('Error', detail) + tag('RequestId', randomUUID());
  return document(error.status, tag('ErrorResponse', body));
}

function document(status: number, root: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, text: `<?xml version="1.0"?>${root}` };
}
