export type { CreatedPolicies, ExistingPolicies, RoleSessionsProps } from './deny-list-props.ts';
export type { ExistingData } from './existing-data.ts';
export type { JwtProps } from './jwt.ts';
export type { PortalRegionsProps } from './portal-regions.ts';
export type { RegistrarRoleProps } from './registrar-role.ts';
export {
  RemovalEventForwarding,
  type RemovalEventForwardingProps,
  RemovalEventForwardingStack,
  type RemovalEventForwardingStackProps,
} from './removal-event-forwarding.ts';
export { SessionRevocation } from './session-revocation.ts';
export type { SessionRevocationProps } from './session-revocation-props.ts';
export { SessionRevocationStack, type SessionRevocationStackProps } from './stack.ts';
export type { RouteThrottle, ThrottleProps } from './throttle.ts';
