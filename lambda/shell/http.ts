import type { MiddlewareObj, MiddyfiedHandler } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Deadline } from '../domain/deadline.ts';
import { DomainError } from '../domain/errors.ts';
import { lambdaHandler } from './function.ts';
import { type HttpAnswer, json } from './http-answer.ts';
import { type HttpRequest, requestOf } from './http-request.ts';
import { jsonBody, withoutBody } from './json-body.ts';
import { problemOf } from './problems.ts';
import { requiredRole, requireRole } from './required-role.ts';
import { count, defectOf, logger } from './telemetry.ts';

/** A capability over HTTP: parse the request, call one domain function, map the answer. */
export type HttpFunction = (request: HttpRequest, deadline: Deadline) => Promise<HttpAnswer>;

type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;
type Handler = MiddyfiedHandler<Event, Result>;

/** Answers this long before Lambda ends the function, because Lambda's own timeout would cost the caller the answer. */
const EARLY_MILLIS = 500;

/**
 * Wraps a capability without a body. The order of the middleware is decided here and nowhere else.
 *
 * @param role - what a JSON Web Token needs; that of the environment unless told
 */
export function httpHandler(handle: HttpFunction, role = requiredRole()): Handler {
  return lambdaHandler<Event, Result>(
    async (event, deadline) => {
      const request = requestOf(event);
      requireRole(request.caller, role);
      return json(await handle(request, deadline), methodOf(event));
    },
    { timeoutEarlyInMillis: EARLY_MILLIS },
  ).use(answers());
}

/** Wraps a capability that takes a JSON body. */
export function jsonHandler(handle: HttpFunction, role = requiredRole()): Handler {
  return httpHandler(handle, role).use(jsonBody());
}

/** Turns errors into problem documents, and writes one line into the log for every answer. */
function answers(): MiddlewareObj<Event, Result> {
  return {
    after: ({ event, response }) => {
      const requestId = requestIdOf(event);
      logger.info('answered', { requestId, route: event.routeKey, status: response?.statusCode });
    },
    onError: (request) => {
      const error = withoutBody(request.error, request.event);
      const { problem, headers } = problemOf(error);
      const requestId = requestIdOf(request.event);
      const line = { requestId, route: request.event.routeKey, status: problem.status, code: problem.code };
      if (problem.code === 'internal') logger.error('answered', { ...line, defect: defectOf(error) });
      else if (error instanceof DomainError) logger.warn('answered', { ...line, cause: error.cause });
      else logger.info('answered', line);
      if (problem.code === 'not-your-session') count('Refused:not-your-session');
      const answer = {
        status: problem.status,
        body: problem,
        headers: { ...headers, 'content-type': 'application/problem+json' },
      };
      request.response = json(answer, methodOf(request.event));
    },
  };
}

/** API Gateway's, as its access log has it. */
function requestIdOf({ requestContext }: Event): string | undefined {
  return requestContext?.requestId;
}

/** Undefined for an event that is not API Gateway's: that is a defect, which has to be answered and logged as one. */
function methodOf({ requestContext }: Event): string | undefined {
  return requestContext?.http?.method;
}
