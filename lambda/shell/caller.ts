import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';

/** Who API Gateway says is calling, after it has checked the signature or the JSON Web Token. */
export interface Caller {
  /** ARN of the IAM principal, or `issuer#subject` of the JSON Web Token. */
  name: string;
  /** The role or the client behind it: the same in each of its sessions. */
  owner: string;
  /** The role session that signed the request. */
  roleSession?: { role: string; session: string };
  /** The claims of the JSON Web Token. */
  claims?: Record<string, unknown>;
}

const Claims = v.record(v.string(), v.unknown());
const Authorizer = v.union([
  v.object({ iam: v.object({ userArn: v.string() }) }),
  v.object({ jwt: v.object({ claims: Claims }) }),
]);

const ROLE_SESSION = /^(arn:[\w-]+:sts::\d{12}:assumed-role\/([\w+=,.@-]+))\/([\w+=,.@-]+)$/;

export function callerOf({ requestContext }: APIGatewayProxyEventV2): Caller {
  const given = 'authorizer' in requestContext ? requestContext.authorizer : undefined;
  const authorizer = v.safeParse(Authorizer, given);
  if (!authorizer.success) return { name: 'unknown', owner: 'unknown' };
  const { output } = authorizer;
  return 'iam' in output ? byArn(output.iam.userArn) : byClaims(output.jwt.claims);
}

function byArn(arn: string): Caller {
  const [, owner = arn, role, session] = ROLE_SESSION.exec(arn) ?? [];
  return { name: arn, owner, ...(role && session && { roleSession: { role, session } }) };
}

/** Tokens of client credentials may have no subject: then the client is the caller. */
function byClaims(claims: Record<string, unknown>): Caller {
  const text = (name: string) => (typeof claims[name] === 'string' ? claims[name] : undefined);
  const client = text('client_id') ?? text('azp');
  const subject = text('sub') ?? client;
  if (subject === undefined) return { name: 'unknown', owner: 'unknown' };
  const issuer = text('iss') ?? '';
  return { name: `${issuer}#${subject}`, owner: `${issuer}#${client ?? subject}`, claims };
}
