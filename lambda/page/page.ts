/** A page for people, as a function answers it. */
export interface Page {
  html: string;
  /** In lower case. */
  headers: Record<string, string>;
}
