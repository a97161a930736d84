/** Null if nothing was measured; the notes of the section say why. */
export type Cell = string | number | null;

export interface Column {
  /** The key of the rows' cells, also in the JSON document. */
  readonly key: string;
  /** The title, with the unit if there is one. */
  readonly title: string;
  /** Digits after the point in Markdown. The JSON document has the number as it was measured. @default 0 */
  readonly decimals?: number;
}

/** Ratios come first: they mean something on another machine, absolute figures do not. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

/** The results of one part of the bench. */
export interface Section {
  readonly title: string;
  readonly tables: readonly Table[];
  /** How it was measured, what is assumed, and what is left out. */
  readonly notes: readonly string[];
}

export interface BenchContext {
  /** Cloud assembly of the local run, with everything optional. */
  readonly assembly: string;
  /** An empty directory that is removed at the end. */
  readonly workDirectory: string;
  /** Environment of the bench, for programs such as the AWS CLI. The bench's own process has no AWS variables. */
  readonly env: NodeJS.ProcessEnv;
  /** Says what is being measured, on standard error, so that programs do not read it. */
  progress(line: string): void;
}

export type Measure = (context: BenchContext) => Promise<Section>;
/** The sections by their names on the command line. */
export type Sections = Readonly<Record<string, Measure>>;

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** @param share - 0.5 for the median. @returns NaN if there are no values */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
