import { randomUUID } from 'node:crypto';
import type { Answer, Operation } from './answer.ts';
import { type Input, refusalOf, type Service, ServiceError } from './service.ts';

/** What a service's dialect of the query protocol has of its own. */
export interface FormProtocol {
  /** The `Version` of its forms. */
  readonly version: string;
  readonly namespace: string;
  /** The member that the path stands for where the form does not have it. */
  readonly pathMember?: string;
  /** Lists of the form, by the name that each has in JSON. */
  readonly lists?: Readonly<Record<string, string>>;
  /** Lists of names and values, by the name that each has in JSON, where it is a map. */
  readonly maps?: Readonly<Record<string, string>>;
  /** Members of an output that are maps. */
  readonly outputMaps?: readonly string[];
  /** The element that each item of a list or a map becomes; the list's name without its `s` unless told. */
  elementName?(list: string, action: string): string | undefined;
  /** The error's name in this protocol, where that is another than in JSON. */
  codeOf?(error: ServiceError): string;
}

export interface FormService extends Service {
  readonly form: FormProtocol;
}

/**
 * The protocol of AWS's older services: a form in, XML out.
 *
 * @param path - Of the request.
 * @returns undefined for a form that names no action of a service, or another version of it
 */
export function formOperation(
  services: readonly FormService[],
  form: string,
  path: string,
): Operation | undefined {
  const parameters = new URLSearchParams(form);
  const action = parameters.get('Action') ?? '';
  const version = parameters.get('Version');
  const service = services.find(
    (one) => (version ?? one.form.version) === one.form.version && one.handlers[action],
  );
  const handler = service?.handlers[action];
  if (!service || !handler) return undefined;
  const { name, form: protocol } = service;
  const input = {
    ...(protocol.pathMember && { [protocol.pathMember]: path }),
    ...inputOf(parameters, protocol),
  };
  return {
    name: `${name}:${action}`,
    faultName: name,
    refuse: (kind, code) => formFailure(refusalOf(service, kind, code), protocol),
    async handle({ signal }) {
      try {
        return success(action, await handler(input, signal), protocol);
      } catch (error) {
        if (error instanceof ServiceError) return formFailure(error, protocol);
        throw error;
      }
    },
  };
}

interface Tree {
  [key: string]: Tree | string;
}

/** `Entry.1.Name=x` is `{"Entry": {"1": {"Name": "x"}}}`. */
function inputOf(parameters: URLSearchParams, protocol: FormProtocol): Input {
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
  return toJson(tree, protocol);
}

function toJson(tree: Tree, protocol: FormProtocol): Input {
  const { lists, maps } = protocol;
  const members = Object.entries(tree).map(([name, value]): [string, unknown] => {
    if (typeof value === 'string') return [name, value];
    const list = Object.values(value).map((item) =>
      typeof item === 'string' ? item : toJson(item, protocol),
    );
    const [listName, mapName] = [lists?.[name], maps?.[name]];
    if (mapName !== undefined) return [mapName, byName(list)];
    return listName === undefined ? [name, toJson(value, protocol)] : [listName, list];
  });
  return Object.fromEntries(members);
}

function byName(list: unknown[]): Record<string, unknown> {
  return Object.fromEntries(list.map((item) => [Object(item).Name, Object(item).Value]));
}

function elements(value: object, action: string, protocol: FormProtocol): string {
  return Object.entries(value)
    .map(([name, member]) => {
      const element = protocol.elementName?.(name, action) ?? name.replace(/s$/, '');
      if (Array.isArray(member))
        return member.map((item) => tag(element, content(item, action, protocol))).join('');
      if (!protocol.outputMaps?.includes(name)) return tag(name, content(member, action, protocol));
      return Object.entries(member)
        .map(([Name, Value]) => tag(element, elements({ Name, Value }, action, protocol)))
        .join('');
    })
    .join('');
}

function content(value: unknown, action: string, protocol: FormProtocol): string {
  return typeof value === 'object' && value !== null
    ? elements(value, action, protocol)
    : escapeXml(String(value));
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
  const result = output ? tag(`${action}Result`, elements(output, action, protocol)) : '';
  const metadata = tag('ResponseMetadata', tag('RequestId', randomUUID()));
  return document(
    200,
    `<${action}Response xmlns="${protocol.namespace}">${result}${metadata}</${action}Response>`,
  );
}

/** An error as services with this protocol word it. */
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
