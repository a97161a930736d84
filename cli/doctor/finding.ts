import type { Calls } from '../api/calls.ts';
import { nameOf } from '../failure.ts';
import type { Credentials } from '../machine.ts';

/** `not known` is no failure: whoever checks may not look. */
export type Result = 'ok' | 'problem' | 'not known';

export interface Finding {
  readonly result: Result;
  /** What was found, in a sentence. */
  readonly detail: string;
  /** What to do about it. */
  readonly todo?: string;
}

/** What a check may look at. */
export interface Patient {
  readonly region: string;
  readonly credentials: Credentials;
  readonly calls: Pick<Calls, 'sessionsOf'>;
  /** Of the stack, by name; undefined without --stack. */
  readonly outputs: ReadonlyMap<string, string> | undefined;
  /** Physical ids of the stack's resources of a type. @throws what CloudFormation answers */
  resources(type: string): Promise<string[]>;
  /** As the stack was deployed with; undefined unless told. */
  readonly identityStore: string | undefined;
}

export interface Check {
  readonly name: string;
  look(patient: Patient): Promise<Finding>;
}

export const ok = (detail: string): Finding => ({ result: 'ok', detail });
export const problem = (detail: string, todo: string): Finding => ({ result: 'problem', detail, todo });
export const notKnown = (detail: string, todo: string): Finding => ({ result: 'not known', detail, todo });

/** Of one that needs the stack's name. */
export const WITHOUT_STACK = notKnown('which resources are the stack’s', 'give --stack NAME');

/** Runs a check. One that may not look says so; one that fails otherwise names the error, never its text. */
export async function examined(check: Check, patient: Patient): Promise<Finding> {
  try {
    return await check.look(patient);
  } catch (error) {
    const code = nameOf(error);
    if (/AccessDenied|Unauthorized|NotAuthorized/.test(code))
      return notKnown(`your role may not look (${code})`, 'ask somebody whose role may, or add the right');
    return notKnown(
      `the call failed (${code})`,
      'look at the network and the Region, then run icr doctor again',
    );
  }
}
