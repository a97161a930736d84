import type { Duration } from 'aws-cdk-lib';
import type { Node } from 'constructs';
import type { Setting } from './settings.ts';

/** Reads the settings of `-c name=value` on the command line, or of `"context"` in cdk.json. A missing setting is undefined. */
export interface SettingReader {
  readonly setting: (name: Setting) => string | undefined;
  /** @throws Error if it is set, but not to a whole number above zero */
  readonly wholeNumber: (name: Setting) => number | undefined;
  /** @throws Error if it is set, but not to a whole number above zero */
  readonly duration: (name: Setting, unit: (amount: number) => Duration) => Duration | undefined;
  /** @throws Error if it is set, but neither to `true` nor to `false` */
  readonly isOn: (name: Setting) => boolean | undefined;
  /** Splits at commas. */
  readonly list: (name: Setting) => string[] | undefined;
}

/** @param node - the app's node, which has the context */
export function readSettings(node: Node): SettingReader {
  const setting = (name: Setting) => {
    const value: unknown = node.tryGetContext(name);
    return value === undefined ? undefined : String(value);
  };
  const wholeNumber = (name: Setting) => {
    const value = setting(name);
    if (value === undefined) return undefined;
    if (!/^[1-9]\d*$/.test(value)) throw new Error(`-c ${name}=${value}: give a whole number above zero.`);
    return Number(value);
  };
  return {
    setting,
    wholeNumber,
    duration(name, unit) {
      const amount = wholeNumber(name);
      return amount === undefined ? undefined : unit(amount);
    },
    isOn(name) {
      const value = setting(name);
      if (value === undefined) return undefined;
      if (value === 'true' || value === 'false') return value === 'true';
      throw new Error(`-c ${name}=${value}: give true or false.`);
    },
    list(name) {
      return setting(name)
        ?.split(',')
        .map((one) => one.trim());
    },
  };
}

/** Leaves out undefined properties, so that their defaults apply. */
export function given<T extends object>(props: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Object.fromEntries loses the types of keys and values.
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined)) as never;
}
