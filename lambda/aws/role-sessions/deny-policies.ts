import {
  DescribePolicyCommand,
  type OrganizationsClient,
  UpdatePolicyCommand,
} from '@aws-sdk/client-organizations';
import { DomainError } from '../../domain/errors.ts';
import type { DenyPolicyStore } from '../../domain/ports.ts';
import { within } from '../clients.ts';
import { failureOf, statusOf } from '../failure.ts';

/** Refusals that may pass: another caller is changing policies, or requests are throttled. Their status is 400 too: docs/facts.md § Service control policies. */
const BUSY = /^(ConcurrentModification|PolicyChangesInProgress|TooManyRequests|Throttl\w*)(Exception)?$/;

/** Service control policies of AWS Organizations. */
export function organizationsPolicies(client: OrganizationsClient): DenyPolicyStore {
  return {
    async read(policyId, signal) {
      const command = new DescribePolicyCommand({ PolicyId: policyId });
      const { Policy } = await within(signal, (options) => client.send(command, options)).catch(refuse);
      return Policy?.Content ?? '';
    },
    async write(policyId, text, signal) {
      const command = new UpdatePolicyCommand({ PolicyId: policyId, Content: text });
      await within(signal, (options) => client.send(command, options)).catch(refuse);
    },
  };
}

function refuse(error: unknown): never {
  const failure = failureOf(error);
  const status = statusOf(error);
  if (isRefusal(status) && !BUSY.test(failure.name)) {
    throw new DomainError(
      'policy-refused',
      'AWS Organizations refuses. See that the policies exist, that their quota is as configured, and that the role may change them.',
      failure,
    );
  }
  throw new DomainError('policy-busy', 'AWS Organizations cannot change the policy right now.', failure);
}

function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 429;
}
