/** Everything in the local run belongs to this account. */
export const ACCOUNT_ID = '000000000000';

/** That account is the management account of this organization. */
export const ORGANIZATION_ID = 'o-local00000';
