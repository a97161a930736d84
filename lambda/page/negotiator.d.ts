/** Of the package, only what is about media types: the whole would add 5 KB to the bundle. It brings no types of its own. */
declare module 'negotiator/lib/mediaType.js' {
  /**
   * The types that the caller takes, those first that the caller prefers; of equal ones, that which is offered first.
   *
   * @param accept - the header; without it, everything is taken
   */
  export function preferredMediaTypes(accept: string | undefined, offered: readonly string[]): string[];
}
