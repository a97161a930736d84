import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';

/** The caller, according to API Gateway, which has checked the signature or the JSON Web Token. */
export interface Caller {
  /** ARN of the IAM principal, or `issuer#subject` of the JSON Web Token. */
  name: string;
  /** The role or the client of the caller. It is the same in all sessions of a role, and for all users of a client. */
  owner: string;
  /** The role session that signed the request. */
  roleSession?: { role: string; session: string };
  /** The claims of the JSON Web Token. */
  claims?: Record<string, unknown>;
}

const ByIam = v.object({ iam: v.object({ userArn: v.string() }), jwt: v.nullish(v.never()) });
const ByJwt = v.object({
  jwt: v.object({ claims: v.record(v.string(), v.unknown()) }),
  iam: v.nullish(v.never()),
});

const ROLE_SESSION = /^(arn:[\w-]+:sts::\d{12}:assumed-role\/([\w+=,.@-]+))\/([\w+=,.@-]+)$/;

/**
 * Reads only the result of the route's authorizer: otherwise headers or claims could make a caller of one API look like a
 * caller of the other. If both authorizers or neither gave a result, there is no caller.
 */
export function callerOf({ requestContext }: APIGatewayProxyEventV2): Caller {
  const given = 'authorizer' in requestContext ? requestContext.authorizer : undefined;
  if (v.is(ByIam, given)) return byArn(given.iam.userArn);
  return v.is(ByJwt, given) ? byClaims(given.jwt.claims) : UNKNOWN;
}

/** No authorizer identified the caller. */
export const UNKNOWN: Caller = { name: 'unknown', owner: 'unknown' };

function byArn(arn: string): Caller {
  const [, owner = arn, role, session] = ROLE_SESSION.exec(arn) ?? [];
  return { name: arn, owner, ...(role && session && { roleSession: { role, session } }) };
}

/** A token of the client credentials grant may have no subject. Then the client is the caller. */
function byClaims(claims: Record<string, unknown>): Caller {
  const text = (name: string) => (typeof claims[name] === 'string' ? claims[name] : undefined);
  const client = text('client_id') ?? text('azp');
  const subject = text('sub') ?? client;
  if (subject === undefined) return { ...UNKNOWN, claims };
  const issuer = text('iss') ?? '';
  return { name: `${issuer}#${subject}`, owner: `${issuer}#${client ?? subject}`, claims };
}
