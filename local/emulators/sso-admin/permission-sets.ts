import { randomBytes } from 'node:crypto';

/** The instance of the local run. Any other ARN of the right form means the same instance. */
export const INSTANCE_ARN = 'arn:aws:sso:::instance/ssoins-0000000000000000';

export interface PermissionSet {
  readonly permissionSetArn: string;
  /** 32 characters at most. */
  readonly name: string;
  /** ISO 8601, such as `PT1H`. */
  readonly sessionDuration: string;
}

export interface PermissionSets {
  create(permissionSet: Pick<PermissionSet, 'name'> & Partial<PermissionSet>): PermissionSet;
  get(permissionSetArn: string): PermissionSet | undefined;
  all(): PermissionSet[];
  /** @returns false when there is no such permission set */
  delete(permissionSetArn: string): boolean;
}

export function createPermissionSets(): PermissionSets {
  const permissionSets = new Map<string, PermissionSet>();
  return {
    create({ name, permissionSetArn = newArn(), sessionDuration = 'PT1H' }) {
      const permissionSet = { permissionSetArn, name, sessionDuration };
      permissionSets.set(permissionSetArn, permissionSet);
      return permissionSet;
    },
    get: (permissionSetArn) => permissionSets.get(permissionSetArn),
    all: () => [...permissionSets.values()],
    delete: (permissionSetArn) => permissionSets.delete(permissionSetArn),
  };
}

/** The id is 16 characters long. */
function newArn(): string {
  const instance = INSTANCE_ARN.split('/').at(-1);
  return `arn:aws:sso:::permissionSet/${instance}/ps-${randomBytes(8).toString('hex')}`;
}
