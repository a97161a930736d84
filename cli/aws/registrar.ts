import { USER_ID } from '../../lambda/domain/ids.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, nameOf, usage } from '../failure.ts';
import type { Credentials, Machine } from '../machine.ts';
import { clientSettings } from './client-settings.ts';

export interface RegistrarOptions {
  readonly registrarRole?: string;
  readonly userId?: string;
}

/** The shortest duration that AWS allows. It is enough, because the credentials are for one request. */
const SECONDS = 900;

/**
 * Assumes the registrar role, by which people register their own sessions if the API is in another account. It is the stack's
 * output `RegistrarRoleArn`. AWS only lets people assume it if the session's name is their own user id.
 *
 * @returns the given credentials, if no such role is named
 */
export function registrarCredentials(
  options: RegistrarOptions,
  env: Machine['env'],
  credentials: Credentials,
  region: string,
): Credentials {
  const role = options.registrarRole ?? env.REGISTRAR_ROLE_ARN;
  if (!role) return credentials;
  const userId = options.userId ?? env.IDENTITY_CENTER_USER_ID;
  if (!userId || !USER_ID.test(userId))
    throw usage(
      'The registrar role needs your own user id: give --user-id, or set IDENTITY_CENTER_USER_ID, such as 906791299c-0a1b….',
    );
  return async () => {
    const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts');
    const sts = new STSClient({ ...clientSettings(region), credentials });
    try {
      const request = { RoleArn: role, RoleSessionName: userId, DurationSeconds: SECONDS };
      const { Credentials: keys } = await sts.send(new AssumeRoleCommand(request));
      const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = keys ?? {};
      return { accessKeyId, secretAccessKey, ...(keys?.SessionToken && { sessionToken: keys.SessionToken }) };
    } catch (error) {
      if (error instanceof Failure) throw error;
      const code = nameOf(error);
      const todo =
        'check that --user-id is your own id, and that your role may call sts:AssumeRole on that role';
      throw new Failure(EXIT.refused, `The registrar role cannot be assumed (${code}): ${todo}.`, { code });
    } finally {
      sts.destroy();
    }
  };
}
