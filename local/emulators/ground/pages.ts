import { type Input, ServiceError } from './service.ts';

export interface Page<T> {
  readonly items: T[];
  /** Absent on the last page. */
  readonly NextToken?: string;
}

/**
 * Returns one page of a service's list. The token names the last item of the previous page, so an item that is deleted between
 * two pages does not shift the others.
 *
 * @param keyOf - the sort key of an item, which no other item has
 * @param most - the highest number of items on a page, whatever `MaxResults` says
 * @throws ServiceError ValidationException
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { MaxResults = 100, NextToken }: Input,
  most: number,
): Page<T> {
  const size = Number(MaxResults);
  if (!Number.isInteger(size) || size < 1 || size > 100)
    throw new ServiceError('ValidationException', 'MaxResults must be 1 to 100.');
  const after = NextToken === undefined ? '' : Buffer.from(String(NextToken), 'base64url').toString();
  if (NextToken !== undefined && Buffer.from(after).toString('base64url') !== NextToken)
    throw new ServiceError('ValidationException', 'NextToken is not a token of this service.');
  const left = items.filter((item) => keyOf(item) > after).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const page = left.slice(0, Math.min(size, most));
  const last = page.at(-1);
  const isLast = last === undefined || page.length === left.length;
  return { items: page, ...(!isLast && { NextToken: Buffer.from(keyOf(last)).toString('base64url') }) };
}
