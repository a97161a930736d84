import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Page } from '../page/page.ts';
import type { Pages } from '../page/pages.ts';
import { logger } from './telemetry.ts';

export interface HttpAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  /** The same for people: for a caller who prefers HTML to JSON. */
  page?: () => Page;
}

/** Seconds after which a caller should read a queued revocation again. */
const LOOK_AGAIN_SECONDS = 5;

/** 202 for a queued revocation, with the address to read it at, and when. */
export function accepted(revocation: { revocationId: string }): HttpAnswer {
  const headers = {
    location: `/revocations/${revocation.revocationId}`,
    'retry-after': String(LOOK_AGAIN_SECONDS),
  };
  return { status: 202, body: revocation, headers };
}

/** 201 for a session that is held now, 200 for one that was held already. */
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
 * The answer in the form that API Gateway takes, as a page if the caller prefers that, else as JSON. The answer's own headers
 * win. HEAD gets the headers of GET and no body; the length is that of GET's body, for API Gateway sees none to count.
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
  // An event that is not API Gateway's has no context: that is a defect, which has to be answered as one.
  if (requestContext?.http?.method !== 'HEAD') return { statusCode: status, headers: all, body: text };
  return { statusCode: status, headers: { ...all, 'content-length': String(Buffer.byteLength(text)) } };
}
