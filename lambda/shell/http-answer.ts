import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Page } from '../page/page.ts';
import type { Pages } from '../page/pages.ts';
import { logger } from './telemetry.ts';

export interface HttpAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  /** The same answer as a page, for a caller that prefers HTML to JSON. */
  page?: () => Page;
}

/** After this time a caller should read a queued revocation again. */
const LOOK_AGAIN_SECONDS = 5;

/** 202 for a queued revocation. The headers say where and when to read it again. */
export function accepted(revocation: { revocationId: string }): HttpAnswer {
  const headers = {
    location: `/revocations/${revocation.revocationId}`,
    'retry-after': String(LOOK_AGAIN_SECONDS),
  };
  return { status: 202, body: revocation, headers };
}

/** 201 for a new session, 200 for a session that was held already. */
export function registered({
  isNew,
  ...held
}: {
  sessionId: string;
  userId: string;
  expiresAt: Date;
  refreshable: boolean;
  isNew: boolean;
}): HttpAnswer {
  logger.info('registered', {
    sessionId: held.sessionId,
    userId: held.userId,
    isNew,
    refreshable: held.refreshable,
  });
  return { status: isNew ? 201 : 200, body: { ...held, expiresAt: held.expiresAt.toISOString() } };
}

type Request = Partial<Pick<APIGatewayProxyEventV2, 'headers' | 'requestContext'>>;

/**
 * The answer in API Gateway's format: a page if the caller prefers HTML, otherwise JSON. The answer's own headers override the
 * default ones. HEAD gets the headers of GET and no body. API Gateway cannot count a missing body, so the length is set here.
 */
export function respond(
  { status, body, headers, page }: HttpAnswer,
  { headers: asked, requestContext }: Request,
  pages?: Pages,
): APIGatewayProxyStructuredResultV2 {
  const shown = page && pages?.prefersHtml(asked?.accept) ? page() : undefined;
  const text = shown?.html ?? JSON.stringify(body);
  const all = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(pages && { vary: 'accept' }),
    ...headers,
    ...shown?.headers,
  };
  // Optional, because an event that is not from API Gateway has no context. Such a defect must still get its answer here.
  if (requestContext?.http?.method !== 'HEAD') return { statusCode: status, headers: all, body: text };
  return { statusCode: status, headers: { ...all, 'content-length': String(Buffer.byteLength(text)) } };
}
