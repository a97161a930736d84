import type { MiddlewareObj, MiddyfiedHandler } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Deadline } from '../domain/deadline.ts';
import { DomainError } from '../domain/errors.ts';
import type { Pages } from '../page/pages.ts';
import { lambdaHandler } from './function.ts';
import { type HttpAnswer, respond } from './http-answer.ts';
import { type HttpRequest, requestOf } from './http-request.ts';
import { jsonBody, withoutBody } from './json-body.ts';
import { problemOf } from './problems.ts';
import { type RequiredRole, requiredRole, requireRole } from './required-role.ts';
import { count, defectOf, logger } from './telemetry.ts';

/** A capability over HTTP: parse the request, call one domain function, map the answer. */
export type HttpFunction = (request: HttpRequest, deadline: Deadline) => Promise<HttpAnswer>;

export interface HttpOptions {
  readonly pages?: Pages | undefined;
  readonly role?: RequiredRole | undefined;
}

type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;
type Handler = MiddyfiedHandler<Event, Result>;

/** Answers this long before Lambda ends the function, because Lambda's own timeout would cost the caller the answer. */
const EARLY_MILLIS = 500;

/**
 * Wraps a capability without a body. The order of the middleware is decided here and nowhere else.
 *
 * @param pages - given if answers and errors can be pages for people. Only such a function has the pages in its bundle
 * @param role - the role that a JSON Web Token must have; by default that of the environment
 */
export function httpHandler(
  handle: HttpFunction,
  { pages, role = requiredRole() }: HttpOptions = {},
): Handler {
  return lambdaHandler<Event, Result>(
    async (event, deadline) => {
      const request = requestOf(event);
      requireRole(request.caller, role);
      return respond(await handle(request, deadline), event, pages);
    },
    { timeoutEarlyInMillis: EARLY_MILLIS },
  ).use(answers(pages));
}

/** Wraps a capability that takes a JSON body. */
export function jsonHandler(handle: HttpFunction, options?: HttpOptions): Handler {
  return httpHandler(handle, options).use(jsonBody());
}

/** Turns errors into problem documents, and writes one line into the log for every answer. */
function answers(pages: Pages | undefined): MiddlewareObj<Event, Result> {
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
        ...(pages && { page: () => pages.problem(problem) }),
      };
      request.response = respond(answer, request.event, pages);
    },
  };
}

/** API Gateway's id of the request, which is also in its access log. */
function requestIdOf({ requestContext }: Event): string | undefined {
  return requestContext?.requestId;
}
