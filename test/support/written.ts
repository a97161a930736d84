/** Keeps what this process writes from now on from the terminal, for as long as each test of the file lasts. */
export function captureWritten(): { all(): string } {
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
  return { all: () => written.join() };
}
