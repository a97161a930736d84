import {
  DescribePermissionSetCommand,
  ResourceNotFoundException,
  type SSOAdminClient,
} from '@aws-sdk/client-sso-admin';
import { PERMISSION_SET_NAME } from '../../domain/ids.ts';
import type { PermissionSets } from '../../domain/ports.ts';
import { within } from '../clients.ts';
import { asked, unreadable } from './assignments.ts';

/** The permission sets of one Identity Center instance. */
export function ssoAdminPermissionSets(client: SSOAdminClient, instanceArn: string): PermissionSets {
  return {
    async find(permissionSetArn, signal) {
      const command = new DescribePermissionSetCommand({
        InstanceArn: instanceArn,
        PermissionSetArn: permissionSetArn,
      });
      const answer = await asked(() =>
        within(signal, (options) => client.send(command, options)).catch(undefinedIfGone),
      );
      if (answer === undefined) return undefined;
      const { Name = '', SessionDuration } = answer.PermissionSet ?? {};
      // The name becomes part of a policy.
      if (!PERMISSION_SET_NAME.test(Name)) throw unreadable();
      return { name: Name, sessionSeconds: secondsOf(SessionDuration) };
    },
  };
}

/** If the error has a `Reason`, it is about the key of the instance, and the permission set may exist. */
function undefinedIfGone(error: unknown): undefined {
  if (error instanceof ResourceNotFoundException && error.Reason === undefined) return undefined;
  throw error;
}

const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
/** IAM Identity Center allows no more: docs/facts.md § Tokens and lifetimes. */
const MOST_SECONDS = 12 * 3_600;

/** An ISO 8601 duration in seconds; undefined if it is malformed, or if no role session lasts that long. */
function secondsOf(duration: string | undefined): number | undefined {
  const parts = DURATION.exec(duration ?? '');
  if (!parts) return undefined;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  const all = (days ?? 0) * 86_400 + (hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  return all > 0 && all <= MOST_SECONDS ? all : undefined;
}
