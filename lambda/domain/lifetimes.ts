/** The longest lifetimes of a person's sessions. */
export interface Lifetimes {
  /** The duration of a sign-in session, as set in IAM Identity Center. */
  portalSessionSeconds: number;
  /** The longest session duration of any permission set. */
  maxRoleSessionSeconds: number;
}

/** The longest portal session that AWS allows, 90 days: docs/facts.md § Tokens and lifetimes. */
export const LONGEST_PORTAL_SESSION_SECONDS = 90 * 86_400;

/**
 * How long the portal may still issue role sessions of an ended assignment: docs/facts.md § What a removed person can still do.
 */
export const PORTAL_FOLLOWS_SECONDS = 3_600;

export function later(from: Date, seconds: number): Date {
  return new Date(from.getTime() + seconds * 1000);
}

export function earliest(a: Date, b: Date): Date {
  return a < b ? a : b;
}
