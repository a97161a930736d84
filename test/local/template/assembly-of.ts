import type { Assembly, Resource } from '../../../local/template/assembly.ts';

export type Resources = Record<string, { Type: string; Properties?: Record<string, unknown> } | undefined>;

export const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

export function assemblyOf(resources: Resources): Assembly {
  const defined = Object.entries(resources).flatMap(([id, resource]): [string, Resource][] =>
    resource ? [[id, { Properties: {}, ...resource }]] : [],
  );
  return {
    stackName: 'Stack',
    resources: new Map(defined),
    parameters: new Map(),
    outputs: new Map(),
    assetDirectory: () => {
      throw new Error('These functions have no code.');
    },
  };
}
