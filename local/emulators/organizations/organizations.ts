import { ACCOUNT_ID, ORGANIZATION_ID } from '../../ground/account.ts';
import { type Handler, type Input, type JsonService, ServiceError } from '../ground/service.ts';
import type { Policies, Policy } from './policies.ts';
import { isServiceControlPolicy } from './policy-document.ts';

const SERVICE_CONTROL_POLICY = 'SERVICE_CONTROL_POLICY';

/**
 * Emulates the calls of AWS Organizations on service control policies. Policies cannot be created or attached. Errors have the
 * status 400, even if the service's model says 404, 409 or 429, because clients have observed 400.
 */
export function organizationsService(policies: Policies): JsonService {
  return {
    name: 'organizations',
    target: 'AWSOrganizationsV20161128',
    version: '1.1',
    messageName: 'Message',
    handlers: {
      DescribePolicy: (input) => wirePolicy(requirePolicy(policies, input)),
      UpdatePolicy: (input) => updatePolicy(policies, input),
      ListPolicies({ Filter }) {
        if (Filter !== SERVICE_CONTROL_POLICY)
          throw invalid('INVALID_ENUM_POLICY_TYPE', 'The local run only has service control policies.');
        return { Policies: policies.all().map(summaryOf) };
      },
      ListTargetsForPolicy: (input) => ({
        Targets: requirePolicy(policies, input).targetIds.map(wireTarget),
      }),
    } satisfies Record<string, Handler>,
    refusals: {
      throttle: new ServiceError(
        'TooManyRequestsException',
        "AWS Organizations can't complete your request because another request is already in progress.",
        400,
        { Type: 'THROTTLED' },
      ),
      fail: new ServiceError('ServiceException', 'Internal server error', 500),
      reject: invalid('INVALID_PATTERN', 'The request is not valid.'),
    },
  };
}

/** @throws ServiceError PolicyNotFoundException, InvalidInputException, ConstraintViolationException, MalformedPolicyDocumentException */
function updatePolicy(policies: Policies, input: Input): object {
  const { policyId } = requirePolicy(policies, input);
  const content = textOf(input, 'Content');
  const name = textOf(input, 'Name');
  const description = textOf(input, 'Description');
  if (content !== undefined) requireContent(content, policies.quota());
  const policy = policies.update(policyId, {
    ...(content !== undefined && { content }),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
  });
  return wirePolicy(policy);
}

function requireContent(content: string, quota: number): void {
  if (content.length > quota)
    throw new ServiceError(
      'ConstraintViolationException',
      `The policy has ${content.length} characters; it may have ${quota}.`,
      400,
      { Reason: 'POLICY_CONTENT_LIMIT_EXCEEDED' },
    );
  if (!isServiceControlPolicy(content))
    throw new ServiceError(
      'MalformedPolicyDocumentException',
      'The content is not a service control policy.',
    );
}

function requirePolicy(policies: Policies, { PolicyId }: Input): Policy {
  if (PolicyId === undefined) throw invalid('INPUT_REQUIRED', 'PolicyId is missing.');
  if (!/^p-\w{8,128}$/.test(String(PolicyId)))
    throw invalid('INVALID_SYNTAX_POLICY_ID', `${String(PolicyId)} is not the id of a policy.`);
  const policy = policies.get(String(PolicyId));
  if (!policy) throw new ServiceError('PolicyNotFoundException', `There is no policy ${String(PolicyId)}.`);
  return policy;
}

function textOf(input: Input, member: string): string | undefined {
  const value = input[member];
  if (value === undefined || typeof value === 'string') return value;
  throw new ServiceError('SerializationException', `${member} must be a string.`);
}

function invalid(Reason: string, message: string): ServiceError {
  return new ServiceError('InvalidInputException', message, 400, { Reason });
}

function wirePolicy(policy: Policy): object {
  return { Policy: { PolicySummary: summaryOf(policy), Content: policy.content } };
}

function summaryOf({ policyId, arn, name, description }: Policy): object {
  return {
    Id: policyId,
    Arn: arn,
    Name: name,
    Description: description,
    Type: SERVICE_CONTROL_POLICY,
    AwsManaged: false,
  };
}

/** The names of targets are not known here, so each target's name is its id. */
function wireTarget(id: string): object {
  const [type, path] = kindOf(id);
  const Arn = `arn:aws:organizations::${ACCOUNT_ID}:${path}/${ORGANIZATION_ID}/${id}`;
  return { TargetId: id, Arn, Name: id, Type: type };
}

function kindOf(id: string): [type: string, path: string] {
  if (id.startsWith('r-')) return ['ROOT', 'root'];
  return id.startsWith('ou-') ? ['ORGANIZATIONAL_UNIT', 'ou'] : ['ACCOUNT', 'account'];
}
