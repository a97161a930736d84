import { randomUUID } from 'node:crypto';
import { type Input, requireText, ServiceError } from '../ground/service.ts';

/** @throws ServiceError ValidationException */
export function requireStore(input: Input): void {
  if (/^d-[0-9a-f]{10}$/.test(requireText(input, 'IdentityStoreId'))) return;
  throw new ServiceError('ValidationException', 'IdentityStoreId must be like d-906791299c.');
}

export function notFound(
  ResourceType: 'USER' | 'GROUP' | 'GROUP_MEMBERSHIP',
  ResourceId?: string,
): ServiceError {
  const details = { ResourceType, RequestId: randomUUID(), ...(ResourceId !== undefined && { ResourceId }) };
  return new ServiceError('ResourceNotFoundException', `${ResourceType} not found.`, 400, details);
}
