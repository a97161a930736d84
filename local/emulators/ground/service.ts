import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, EmulatedRequest, Operation, Refusal } from './answer.ts';

/** An error of an emulated service. An operation throws it, and the answer has the service's own format. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  /** More members of the error's body. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'ServiceError';
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

export type Input = EmulatedRequest['json'];

/** @throws ServiceError */
export type Handler = (
  input: Input,
  signal: AbortSignal,
  headers: IncomingHttpHeaders,
) => object | undefined | Promise<object>;

/** A service with any protocol. */
export interface Service {
  /** Name in fault settings, in the journal, and in a signature's scope. */
  readonly name: string;
  readonly handlers: Readonly<Record<string, Handler>>;
  /** The service's own errors for faults. */
  readonly refusals: Readonly<Record<Refusal, ServiceError>>;
}

/** A service with one of AWS's JSON protocols. */
export interface JsonService extends Service {
  /** What X-Amz-Target begins with, without the dot. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** The name of the message in an error's body. @default message */
  readonly messageName?: 'Message';
  /** Additional headers of an error. */
  errorHeaders?(error: ServiceError): Record<string, string>;
}

/** The service's operations by X-Amz-Target. */
export function jsonOperations(service: JsonService): Record<string, Operation> {
  return Object.fromEntries(
    Object.keys(service.handlers).map((name) => {
      const operation: Operation = {
        name: `${service.name}:${name}`,
        faultName: service.name,
        refuse: (kind, code) => errorAnswer(service, refusalOf(service, kind, code)),
        handle: ({ json, signal, headers }) =>
          answerJson(service, () => service.handlers[name]?.(json, signal, headers)),
      };
      return [`${service.target}.${name}`, operation];
    }),
  );
}

/** @param code - Name of the error, if it is not the service's usual one. */
export function refusalOf({ refusals }: Service, kind: Refusal, code?: string): ServiceError {
  const usual = refusals[kind];
  if (code === undefined) return usual;
  return new ServiceError(code, 'The local run was told to refuse this.', usual.status);
}

async function answerJson(service: JsonService, act: () => ReturnType<Handler>): Promise<Answer> {
  try {
    const headers = { 'content-type': contentType(service) };
    return { status: 200, headers, json: (await act()) ?? {} };
  } catch (error) {
    if (error instanceof ServiceError) return errorAnswer(service, error);
    throw error;
  }
}

function errorAnswer(service: JsonService, error: ServiceError): Answer {
  const { code, status, message, details } = error;
  return {
    status,
    headers: {
      'content-type': contentType(service),
      'x-amzn-errortype': code,
      ...service.errorHeaders?.(error),
    },
    json: { __type: code, [service.messageName ?? 'message']: message, ...details },
  };
}

const contentType = ({ version }: JsonService) => `application/x-amz-json-${version}`;

/** @throws ServiceError ValidationException if the member is not a string, or is empty */
export function requireText(input: Input, member: string): string {
  const value = input[member];
  if (typeof value === 'string' && value !== '') return value;
  throw new ServiceError('ValidationException', `${member} must be a string that is not empty.`);
}
