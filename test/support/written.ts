export interface Written {
  all(): string;
  /** The lines that are JSON objects: logs and metrics. */
  objects(): Record<string, unknown>[];
}

/** During each test of the file, captures this process's output, and hides it from the terminal. */
export function captureWritten(): Written {
  let written: string[] = [];
  beforeEach(() => {
    written = [];
    const capture = (chunk: unknown) => written.push(String(chunk)) > 0;
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation(capture);
    }
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      jest.spyOn(console, method).mockImplementation((...parts) => void capture(parts.join(' ')));
    }
  });
  afterEach(() => jest.restoreAllMocks());
  return {
    all: () => written.join(),
    objects: () => written.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)),
  };
}
