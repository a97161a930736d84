/** Lets a user, or the members of a group, into an account with a permission set. */
export interface Assignment {
  /** 12 digits. */
  readonly accountId: string;
  readonly permissionSetArn: string;
  readonly principalType: 'USER' | 'GROUP';
  readonly principalId: string;
}

/** Returns a key that no other assignment has. */
export function keyOf({ accountId, permissionSetArn, principalType, principalId }: Assignment): string {
  return [accountId, permissionSetArn, principalType, principalId].join(' ');
}
