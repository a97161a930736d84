/** Lets a user, or the members of a group, into an account with a permission set. */
export interface Assignment {
  /** 12 digits. */
  readonly accountId: string;
  readonly permissionSetArn: string;
  readonly principalType: 'USER' | 'GROUP';
  readonly principalId: string;
}

/** The same for no two assignments. */
export function keyOf({ accountId, permissionSetArn, principalType, principalId }: Assignment): string {
  return [accountId, permissionSetArn, principalType, principalId].join(' ');
}
