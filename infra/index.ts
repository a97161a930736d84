export { SessionRevocation, type SessionRevocationProps } from './session-revocation.ts';
export { SessionRevocationStack, type SessionRevocationStackProps } from './stack.ts';
