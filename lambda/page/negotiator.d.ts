/** The package's module for media types: the whole package would add 5 KB to the bundle. It has no types of its own. */
declare module 'negotiator/lib/mediaType.js' {
  /**
   * The offered types that the caller accepts, the preferred ones first. Equally preferred types keep the order of the offer.
   *
   * @param accept - the header; without it, the caller accepts every type
   */
  export function preferredMediaTypes(accept: string | undefined, offered: readonly string[]): string[];
}
