import type { Calls } from '../api/calls.ts';
import { nameOf } from '../failure.ts';
import type { Credentials } from '../machine.ts';

/** `not known` is not a failure: the caller may lack the right to look. */
export type Result = 'ok' | 'problem' | 'not known';

export interface Finding {
  readonly result: Result;
  /** What was found. */
  readonly detail: string;
  /** What to do about it. */
  readonly todo?: string;
}

/** What a check may look at. */
export interface Patient {
  readonly region: string;
  readonly credentials: Credentials;
  readonly calls: Pick<Calls, 'sessionsOf'>;
  /** The outputs of the stack, by name; undefined without --stack. */
  readonly outputs: ReadonlyMap<string, string> | undefined;
  /** Physical ids of the stack's resources of a type. @throws what CloudFormation answers */
  resources(type: string): Promise<string[]>;
  /** The identity store that the stack was deployed with; undefined if it is not given. */
  readonly identityStore: string | undefined;
}

export interface Check {
  readonly name: string;
  look(patient: Patient): Promise<Finding>;
}

export const ok = (detail: string): Finding => ({ result: 'ok', detail });
export const problem = (detail: string, todo: string): Finding => ({ result: 'problem', detail, todo });
export const notKnown = (detail: string, todo: string): Finding => ({ result: 'not known', detail, todo });

/** The finding of a check that needs the name of the stack. */
export const WITHOUT_STACK = notKnown('the resources of the stack are not known', 'give --stack NAME');

/** Runs a check. If the caller lacks the right to look, the finding says so. Any other error is named, but its text is not shown. */
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
