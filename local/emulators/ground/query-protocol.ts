import { randomUUID } from 'node:crypto';
import type { Answer, Operation } from './answer.ts';
import { type Input, refusalOf, type Service, ServiceError } from './service.ts';

/** What is special about a service's variant of the query protocol. */
export interface FormProtocol {
  /** The `Version` of its forms. */
  readonly version: string;
  readonly namespace: string;
  /** The lists that its forms may hold, with the name that each has in JSON. */
  readonly lists?: Readonly<Record<string, string>>;
  /** The name of each item inside the element of a list. Without it, a list has no element of its own. */
  readonly listItem?: string;
  /** Members of an output that are maps. */
  readonly outputMaps?: readonly string[];
  /** The error's name in this protocol, if it differs from the one in JSON. */
  codeOf?(error: ServiceError): string;
}

export interface FormService extends Service {
  readonly form: FormProtocol;
}

/**
 * Finds the operation for a request of the query protocol, which AWS's older services use: the request is a form, the answer XML.
 *
 * @returns undefined if no service has the action and version of the form
 */
export function formOperation(services: readonly FormService[], form: string): Operation | undefined {
  const parameters = new URLSearchParams(form);
  const action = parameters.get('Action') ?? '';
  const version = parameters.get('Version');
  const service = services.find(
    (one) => (version ?? one.form.version) === one.form.version && one.handlers[action],
  );
  const handler = service?.handlers[action];
  if (!service || !handler) return undefined;
  const { name, form: protocol } = service;
  return {
    name: `${name}:${action}`,
    faultName: name,
    refuse: (kind, code) => formFailure(refusalOf(service, kind, code), protocol),
    async handle({ signal, headers }) {
      try {
        return success(action, await handler(inputOf(parameters, protocol), signal, headers), protocol);
      } catch (error) {
        if (error instanceof ServiceError) return formFailure(error, protocol);
        throw error;
      }
    },
  };
}

/** @throws ServiceError NotEmulated for a parameter that is neither a value nor a list of values, because it must not be ignored */
function inputOf(parameters: URLSearchParams, { lists = {} }: FormProtocol): Input {
  const input = new Map<string, unknown>();
  for (const [key, value] of parameters) {
    // `Name.1=x` is the first item of a list.
    const [name = '', ...path] = key.split('.');
    const list = lists[name];
    if (path.length === 0) input.set(name, value);
    else if (list !== undefined && path.length === 1)
      input.set(list, [...[input.get(list) ?? []].flat(), value]);
    else throw new ServiceError('NotEmulated', `The local run does not support ${key} in a form.`);
  }
  return Object.fromEntries(input);
}

/** Each item of a list or a map becomes an element with the list's name, without its `s`, unless the protocol names it. */
function elements(value: object, protocol: FormProtocol): string {
  return Object.entries(value)
    .map(([name, member]) => {
      const element = name.replace(/s$/, '');
      const { listItem } = protocol;
      if (Array.isArray(member) && listItem !== undefined)
        return tag(name, member.map((item) => tag(listItem, content(item, protocol))).join(''));
      if (Array.isArray(member)) return member.map((item) => tag(element, content(item, protocol))).join('');
      if (!protocol.outputMaps?.includes(name)) return tag(name, content(member, protocol));
      return Object.entries(member)
        .map(([Name, Value]) => tag(element, elements({ Name, Value }, protocol)))
        .join('');
    })
    .join('');
}

function content(value: unknown, protocol: FormProtocol): string {
  return typeof value === 'object' && value !== null ? elements(value, protocol) : escapeXml(String(value));
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

function success(action: string, output: object | undefined, protocol: FormProtocol): Answer {
  const result = output ? tag(`${action}Result`, elements(output, protocol)) : '';
  const metadata = tag('ResponseMetadata', tag('RequestId', randomUUID()));
  return document(
    200,
    `<${action}Response xmlns="${protocol.namespace}">${result}${metadata}</${action}Response>`,
  );
}

/** Writes an error as services with this protocol do. */
export function formFailure(error: ServiceError, protocol?: FormProtocol): Answer {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const code = protocol?.codeOf?.(error) ?? error.code;
  const detail = tag('Type', type) + tag('Code', code) + tag('Message', escapeXml(error.message));
  const body = tag('Error', detail) + tag('RequestId', randomUUID());
  return document(error.status, tag('ErrorResponse', body));
}

function document(status: number, root: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, text: `<?xml version="1.0"?>${root}` };
}
