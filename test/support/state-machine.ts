import jsonata from 'jsonata';

interface Retry {
  readonly MaxAttempts: number;
}

interface State {
  readonly Type: 'Task' | 'Choice' | 'Wait' | 'Succeed' | 'Fail';
  readonly Arguments?: Json;
  readonly Assign?: Json;
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Default?: string;
  readonly Next?: string;
  readonly Output?: unknown;
  readonly Retry?: readonly Retry[];
  readonly Error?: string;
  readonly Cause?: string;
}

type Json = Readonly<Record<string, unknown>>;

export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface ExecutionOptions {
  readonly input: Json;
  readonly name: string;
  /** Makes the call of a task. @throws Error if the call must be retried */
  readonly task: (args: Json) => Promise<Json>;
  readonly wait: () => Promise<void> | void;
}

/**
 * Runs a Step Functions state machine in JSONata, with what the examples need: states of five types, and retries
 * without delay.
 */
export async function execute(definition: Definition, options: ExecutionOptions) {
  const path: string[] = [];
  const variables: Record<string, unknown> = {};
  const context = { Execution: { Name: options.name } };
  const evaluate = (value: unknown, result?: unknown) =>
    resolve(value, { ...variables, states: { input: options.input, context, result } });
  for (let name: string | undefined = definition.StartAt; name !== undefined; ) {
    path.push(name);
    const state: State | undefined = definition.States[name];
    if (!state) throw new Error(`There is no state ${name}.`);
    if (state.Type === 'Succeed') return { path, output: await evaluate(state.Output) };
    if (state.Type === 'Fail') return { path, error: state.Error, cause: await evaluate(state.Cause) };
    if (state.Type === 'Wait') await options.wait();
    if (state.Type === 'Task') {
      const result = await attempt(state, () => evaluate(state.Arguments).then(Object).then(options.task));
      Object.assign(variables, await evaluate(state.Assign ?? {}, result));
    }
    name = state.Type === 'Choice' ? await chosen(state, evaluate) : state.Next;
  }
  throw new Error(`It ends in no end state: ${path.join(', ')}.`);
}

async function attempt<T>({ Retry = [] }: State, act: () => Promise<T>): Promise<T> {
  let left = Retry[0]?.MaxAttempts ?? 0;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (left === 0) throw error;
      left -= 1;
    }
  }
}

async function chosen({ Choices = [], Default }: State, evaluate: (value: unknown) => Promise<unknown>) {
  for (const { Condition, Next } of Choices) if ((await evaluate(Condition)) === true) return Next;
  return Default;
}

/** Evaluates each `{% … %}` at any depth. */
async function resolve(value: unknown, bindings: Json): Promise<unknown> {
  if (typeof value === 'string') {
    const [, expression] = /^\{%([\s\S]*)%\}$/.exec(value) ?? [];
    return expression === undefined ? value : jsonata(expression).evaluate({}, bindings);
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolve(item, bindings)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await resolve(item, bindings)]);
  return Object.fromEntries(await Promise.all(entries));
}
