import { MetricUnit } from '@aws-lambda-powertools/metrics';
import * as v from 'valibot';
import { jsonObject, parseBody } from '../body.ts';
import { type RevokeSessionDeps, revokeSession } from '../domain/revoke-session.ts';
import { Secret } from '../domain/secret.ts';
import { type HttpFunction, jsonHandler } from '../http.ts';
import { logger, metrics } from '../telemetry.ts';
import { wireRevoke } from '../wiring.ts';

/** An HTTP header holds it, and the portal's takes no more than about this. */
const MAX_TOKEN_LENGTH = 8_192;

const Body = v.pipe(
  jsonObject,
  v.object({
    accessToken: v.pipe(
      v.string('must be a string: the accessToken of an AWS CLI token-cache file'),
      v.nonEmpty('must not be empty'),
      v.maxLength(MAX_TOKEN_LENGTH, `must have ${MAX_TOKEN_LENGTH} characters at most`),
      v.regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces'),
      v.transform((token) => new Secret(token)),
    ),
    // It becomes part of the host name that the token is sent to.
    region: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[a-z]{2}(-[a-z]{2,16}){1,3}-\d{1,2}$/, 'must be an AWS region such as eu-west-1'),
      ),
    ),
    userId: v.optional(
      v.pipe(
        v.string(),
        v.regex(
          /^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
          'must be a user id of the identity store',
        ),
      ),
    ),
    userName: v.optional(v.never('names a second subject beside accessToken: send one of them')),
    reason: v.optional(v.pipe(v.string(), v.maxLength(512, 'must have 512 characters at most'))),
  }),
);

/** `POST /revocations`: 200 with the revocation. Errors as `revokeSession` throws them. */
export function revoke(deps: RevokeSessionDeps): HttpFunction {
  return async (request, deadline) => {
    const { accessToken, region, userId, reason } = parseBody(Body, request.body);
    const subject = { accessToken, region, userId, reason, requestedBy: request.caller };
    const { revocation, recorded, cachedCopyDeleted } = await revokeSession(deps, subject, deadline);
    const { revocationId, status } = revocation;
    logger.info('revoked', {
      revocationId,
      status,
      outcome: recorded?.outcome ?? 'unchanged',
      cachedCopyDeleted,
    });
    if (recorded) metrics.addMetric(`Outcome${recorded.outcome}`, MetricUnit.Count, 1);
    return { status: 200, body: revocation };
  };
}

export const handler = jsonHandler(revoke(wireRevoke()));
