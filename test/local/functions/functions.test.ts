import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalFunction } from '../../../local/functions/execution-environment.ts';
import { createFunctions, type Functions } from '../../../local/functions/functions.ts';

const code = `
const { threadId } = require('node:worker_threads');
let invocations = 0;
exports.handler = async (event, context) => {
  invocations += 1;
  switch (event.act) {
    case 'throw': throw new TypeError('no good');
    case 'spin': for (;;) {}
    case 'hang': return new Promise((resolve) => setTimeout(resolve, 60_000));
    case 'exit': process.exit(3);
    case 'uncaught': setImmediate(() => { throw new RangeError('out of the blue'); }); return new Promise(() => {});
    case 'eat': { const all = []; for (;;) all.push(new Array(1e5).fill({})); }
    case 'env': return process.env;
    case 'context': return { ...context, remaining: context.getRemainingTimeInMillis() };
    case 'write': console.log('first\\nsecond'); process.stderr.write('no line end'); return 'written';
    case 'nothing': return undefined;
    case 'time': return [Date.now(), +new Date(), +new Date(5), context.getRemainingTimeInMillis()];
    default: return { threadId, invocations, event };
  }
};
`;

const directory = mkdtempSync(join(tmpdir(), 'functions-test-'));
writeFileSync(join(directory, 'index.js'), code);
writeFileSync(join(directory, 'broken.js'), `throw new Error('cannot load');`);
writeFileSync(join(directory, 'module.mjs'), `export const handler = async () => 'an ES module';`);
afterAll(() => rmSync(directory, { recursive: true }));

const fn = (handler: string, more: Partial<LocalFunction> = {}): LocalFunction => ({
  directory,
  handler,
  context: { functionName: 'Fn', memoryLimitInMB: '128' },
  environment: { COLOUR: 'blue' },
  memoryMb: 128,
  timeoutSeconds: 10,
  logGroup: 'log',
  ...more,
});

describe('functions', () => {
  let functions: Functions;
  let lines: string[];

  beforeEach(() => {
    lines = [];
    const all = {
      Fn: fn('index.handler'),
      Hasty: fn('index.handler', { timeoutSeconds: 1 }),
      Small: fn('index.handler', { memoryMb: 16 }),
      Broken: fn('broken.handler'),
      Missing: fn('absent.handler'),
      Nameless: fn('index.nothing'),
      Module: fn('module.handler'),
    };
    functions = createFunctions(new Map(Object.entries(all)), (line) => lines.push(line));
  });
  afterEach(() => functions.close());

  it('returns the result, and keeps the environment for the next invocation', async () => {
    const first = await functions.invoke('Fn', { a: 1 });
    expect(first).toMatchObject({ invocations: 1, event: { a: 1 } });
    expect(await functions.invoke('Fn', {})).toMatchObject({ invocations: 2 });
  });

  it("uses the given clock, set again for each invocation, and the computer's clock for the time left", async () => {
    let ahead = 31 * 60_000;
    const clock = () => Date.now() + ahead;
    const late = createFunctions(new Map([['Fn', fn('index.handler')]]), () => {}, clock);
    for (const minutes of [31, 62]) {
      ahead = minutes * 60_000;
      const before = clock();
      const [now = 0, made = 0, given, left] = Object(await late.invoke('Fn', { act: 'time' }));
      expect(now).toBeGreaterThanOrEqual(before);
      expect(made).toBeLessThanOrEqual(clock());
      expect(given).toBe(5);
      expect(left).toBeGreaterThan(8_000);
    }
    await late.close();
  });

  it('runs ES modules', async () => {
    expect(await functions.invoke('Module', {})).toBe('an ES module');
  });

  it('returns null if the handler returns nothing', async () => {
    expect(await functions.invoke('Fn', { act: 'nothing' })).toBeNull();
  });

  it('gives the function only the given environment, and nothing of this process', async () => {
    expect(await functions.invoke('Fn', { act: 'env' })).toEqual({
      COLOUR: 'blue',
      _X_AMZN_TRACE_ID: expect.stringMatching(/;Lineage=[0-9a-f]{8}:1$/),
    });
  });

  it('gives the function the trace header of its message, with one more hop', async () => {
    const trace = await functions.invoke('Fn', { act: 'env' });
    const again = await functions.invoke('Fn', { act: 'env' }, Object(trace)._X_AMZN_TRACE_ID);
    expect(Object(again)._X_AMZN_TRACE_ID).toMatch(/;Lineage=[0-9a-f]{8}:2$/);
  });

  it('gives the function a Lambda context', async () => {
    const context = await functions.invoke('Fn', { act: 'context' });
    expect(context).toMatchObject({
      functionName: 'Fn',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const { remaining } = Object(context);
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(10_000);
  });

  it("passes on the function's output before its result", async () => {
    await functions.invoke('Fn', { act: 'write' });
    expect(lines).toEqual(['first', 'second']);
    await functions.close();
    expect(lines).toEqual(['first', 'second', 'no line end']);
  });

  it.each([
    ['a handler that throws', 'Fn', 'throw', { errorType: 'TypeError', message: 'no good' }],
    ['an uncaught error', 'Fn', 'uncaught', { errorType: 'RangeError', message: 'out of the blue' }],
    [
      'an exit',
      'Fn',
      'exit',
      { errorType: 'Runtime.ExitError', message: expect.stringContaining('exit status 3') },
    ],
    [
      'too much memory',
      'Small',
      'eat',
      { errorType: 'Runtime.ExitError', message: expect.stringContaining('killed') },
    ],
    [
      'a timeout',
      'Hasty',
      'hang',
      { errorType: 'Sandbox.Timedout', message: 'Task timed out after 1.00 seconds' },
    ],
    [
      'a busy loop',
      'Hasty',
      'spin',
      { errorType: 'Sandbox.Timedout', message: 'Task timed out after 1.00 seconds' },
    ],
  ])('%s fails that invocation and not the next', async (_, id, act, failure) => {
    await expect(functions.invoke(id, { act })).rejects.toMatchObject(failure);
    expect(await functions.invoke(id, { next: true })).toMatchObject({ event: { next: true } });
  });

  it('logs a failed invocation as Lambda does', async () => {
    await expect(functions.invoke('Fn', { act: 'throw' })).rejects.toThrow('no good');
    expect(lines).toEqual([
      expect.stringMatching(/^ERROR Invoke Error \{"errorType":"TypeError","errorMessage":"no good"/),
    ]);
  });

  it('starts a second environment only while the first is busy', async () => {
    const [one, two] = await Promise.all([functions.invoke('Fn', {}), functions.invoke('Fn', {})]);
    expect(Object(one).threadId).not.toBe(Object(two).threadId);
    const third = await functions.invoke('Fn', {});
    expect([Object(one).threadId, Object(two).threadId]).toContain(Object(third).threadId);
  });

  it('runs at most ten invocations at once, and the others wait', async () => {
    const results = await Promise.all(Array.from({ length: 13 }, () => functions.invoke('Fn', {})));
    expect(new Set(results.map((result) => Object(result).threadId)).size).toBeLessThanOrEqual(10);
  });

  it('crashes on demand', async () => {
    const hanging = functions.invoke('Fn', { act: 'hang' });
    const failed = expect(hanging).rejects.toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(await functions.crash('Fn')).toBe(1);
    await failed;
    expect(await functions.invoke('Fn', {})).toMatchObject({ invocations: 1 });
  });

  it.each([
    ['Broken', 'cannot load'],
    ['Missing', "Cannot find module 'absent'"],
    ['Nameless', 'index.nothing is undefined or not exported'],
  ])('%s code fails the invocation', async (id, message) => {
    await expect(functions.invoke(id, {})).rejects.toThrow(message);
  });

  it('warming reports code that cannot be loaded', async () => {
    const broken = createFunctions(new Map([['Broken', fn('broken.handler')]]), () => {});
    await expect(broken.warm()).rejects.toThrow('cannot load');
    await broken.close();
  });

  it('fails invocations under way when it closes, and refuses later ones', async () => {
    const hanging = expect(functions.invoke('Fn', { act: 'hang' })).rejects.toThrow();
    await functions.close();
    await hanging;
    await expect(functions.invoke('Fn', {})).rejects.toThrow('closed');
  });

  it('lists its functions', async () => {
    await expect(functions.invoke('Nobody', {})).rejects.toThrow('Nobody is not a function');
  });
});
