/** A page for people, as a function returns it. */
export interface Page {
  html: string;
  /** The names are in lower case. */
  headers: Record<string, string>;
}
