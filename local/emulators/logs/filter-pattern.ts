import { ServiceError } from '../ground/service.ts';

/** Whether a line of a log matches the pattern. */
export type Matches = (line: string) => boolean;

/**
 * Compiles a filter pattern of CloudWatch Logs. It knows the forms that the runbook and the alarms use:
 *
 * - `"text"` and `text` match lines that contain it; `?one ?"an other"` matches lines that contain any of them
 * - `{ $.field = value }` with `=`, `!=`, `<`, `<=`, `>`, `>=`, joined by `&&` or by `||`, matches lines of JSON. A value is a
 *   number, or a text with or without quotes, with `*` for any characters
 *
 * @throws ServiceError InvalidParameterException for any other pattern: it could match lines that CloudWatch would not
 */
export function compileFilter(pattern: string): Matches {
  const text = pattern.trim();
  if (text === '') return () => true;
  if (text.startsWith('{') && text.endsWith('}')) return json(text.slice(1, -1));
  const terms = [...text.matchAll(/(\?)?(?:"([^"]+)"|([\w-]+))(?:\s+|$)/g)];
  if (terms.map(([whole]) => whole).join('') !== text) throw unknown(pattern);
  const isAny = terms.every(([, any]) => any);
  if (!isAny && terms.some(([, any]) => any)) throw unknown(pattern);
  const wanted = terms.map(([, , quoted, bare]) => quoted ?? bare ?? '');
  return (line) =>
    isAny ? wanted.some((term) => line.includes(term)) : wanted.every((term) => line.includes(term));
}

function json(expression: string): Matches {
  const parts = expression.split(/(&&|\|\|)/).map((part) => part.trim());
  const joints = new Set(parts.filter((_, index) => index % 2 === 1));
  // A mix is refused: no pattern here needs to know which of the two binds closer.
  if (joints.size > 1) throw unknown(expression);
  const conditions = parts.filter((_, index) => index % 2 === 0).map(condition);
  const isAny = joints.has('||');
  return (line) => {
    const record = parse(line);
    if (!record) return false;
    return isAny ? conditions.some((holds) => holds(record)) : conditions.every((holds) => holds(record));
  };
}

type Json = Readonly<Record<string, unknown>>;

const CONDITION = /^\$\.([\w.]+)\s*(=|!=|<=?|>=?)\s*(?:"([^"]*)"|([\w.*:/-]+))$/;

function condition(text: string): (record: Json) => boolean {
  const [, path, operator = '', quoted, bare] = CONDITION.exec(text) ?? [];
  if (path === undefined) throw unknown(text);
  const valueIn = (record: Json) =>
    path.split('.').reduce<unknown>((value, name) => Object(value)[name], record);
  const number = bare === undefined ? Number.NaN : Number(bare);
  // A number only matches numbers: a field that holds digits as a text does not match.
  if (!Number.isNaN(number)) return (record) => compare(valueIn(record), operator, number);
  if (operator !== '=' && operator !== '!=') throw unknown(text);
  const form = wildcard(quoted ?? bare ?? '');
  return (record) => {
    const value = valueIn(record);
    return typeof value === 'string' && form.test(value) === (operator === '=');
  };
}

function compare(value: unknown, operator: string, number: number): boolean {
  if (typeof value !== 'number') return false;
  const [isLess, isSame] = [value < number, value === number];
  if (operator === '=' || operator === '!=') return isSame === (operator === '=');
  if (isSame) return operator.endsWith('=');
  return isLess === operator.startsWith('<');
}

function wildcard(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

function parse(line: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function unknown(pattern: string): ServiceError {
  return new ServiceError('InvalidParameterException', `The local run does not know the filter ${pattern}.`);
}
