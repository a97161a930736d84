/** The exit codes, which scripts read. The numbers must not change: docs/cli.md § Exit codes. */
export const EXIT = {
  /** Everything is done. For a revocation: at least one session was held, and all are ended. */
  done: 0,
  /** A defect of `icr` itself. */
  defect: 1,
  /** The command line, the environment or a file is wrong: nothing was sent. */
  usage: 2,
  /** Workers are still working on it: ask again. */
  inProgress: 3,
  /** A session could not be ended, access could not be taken away, or a check of the doctor failed. */
  failed: 4,
  /** Done, and no session was held. */
  nothingHeld: 5,
  /** Not signed in, not allowed, or refused by the API. */
  refused: 6,
  /** The API does not answer, or cannot carry out the request now: repeat. */
  unavailable: 7,
  /** There is no such user, revocation or denial. */
  notFound: 8,
  /** Ended by SIGINT or SIGTERM. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
