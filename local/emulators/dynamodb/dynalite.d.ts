declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** An embedded DynamoDB, in memory unless `path` is given. Its `close` also closes the store. */
  function dynalite(options?: {
    /** Milliseconds a table stays in CREATING. */
    createTableMs?: number;
    path?: string;
  }): Server;
  export = dynalite;
}
