import { ACCOUNT_ID } from '../ground/account.ts';
import type { Assembly } from '../template/assembly.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { resourcesOf } from '../template/properties.ts';
import { allows, listOf, type Statement, wildcard } from './statements.ts';

/** The template's permissions on functions and queues. Policies of roles are not enforced. */
export interface Permissions {
  /** @param service - Such as `events.amazonaws.com`. */
  mayInvoke(service: string, functionId: string, sourceArn: string): boolean;
  maySend(service: string, queueArn: string, sourceArn: string): boolean;
}

/** Reads the functions' permissions and the queues' policies. */
export function createPermissions(assembly: Assembly, resolver: Resolver): Permissions {
  const invocations = resourcesOf(assembly, 'AWS::Lambda::Permission').map(
    ([, { Properties }]) => Properties,
  );
  const policies = resourcesOf(assembly, 'AWS::SQS::QueuePolicy').map(([, { Properties }]) => {
    const { Queues, PolicyDocument } = Object(resolver.resolve(Properties));
    return { queues: listOf(Queues), statements: listOf(PolicyDocument.Statement) as Statement[] };
  });
  const urls = new Map(
    resourcesOf(assembly, 'AWS::SQS::Queue').map(([id]) => [resolver.attribute(id, 'Arn'), resolver.ref(id)]),
  );
  return {
    mayInvoke: (service, functionId, sourceArn) =>
      invocations.some(
        ({ FunctionName, Principal, Action, SourceArn = '*' }) =>
          [resolver.ref(functionId), resolver.attribute(functionId, 'Arn')].includes(
            resolver.text(FunctionName),
          ) &&
          Principal === service &&
          Action === 'lambda:InvokeFunction' &&
          wildcard(resolver.text(SourceArn)).test(sourceArn),
      ),
    maySend(service, queueArn, sourceArn) {
      const context = {
        'aws:sourcearn': sourceArn,
        'aws:sourceaccount': ACCOUNT_ID,
        'aws:securetransport': 'true',
      };
      const own = policies.filter(({ queues }) => queues.includes(urls.get(queueArn)));
      const statements = own.flatMap((policy) => policy.statements);
      const caller = { Service: service };
      return allows(statements, { caller, action: 'sqs:SendMessage', resource: queueArn, context });
    },
  };
}
