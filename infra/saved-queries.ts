import { Names } from 'aws-cdk-lib';
import { type ILogGroup, LogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** A placeholder. The person who runs the query replaces it with an id. */
const ID = '"PASTE-THE-ID-HERE"';

const FIELDS = [
  '@timestamp',
  'service',
  'level',
  'message',
  'kind',
  'status',
  'code',
  'userId',
  'revocationId',
  'requestId',
  'eventId',
];

/** The questions of a person on call. */
const QUESTIONS = {
  'What happened to this user': { filterStatements: [`userId = ${ID}`], sort: '@timestamp asc' },
  'What happened to this revocation': {
    filterStatements: [`revocationId = ${ID} or requestId = ${ID} or eventId = ${ID}`],
    sort: '@timestamp asc',
  },
  'What fails now': {
    filterStatements: ['level = "ERROR" or level = "WARN" or status >= 500'],
    sort: '@timestamp desc',
  },
} as const;

/** Saves the queries in CloudWatch Logs Insights, for all logs of the stack. The prefix separates the stacks of one account. */
export function saveQueries(scope: Construct): void {
  const logGroups: ILogGroup[] = scope.node.findAll().filter((each) => each instanceof LogGroup);
  const folder = Names.uniqueResourceName(scope, { maxLength: 80 });
  for (const [question, query] of Object.entries(QUESTIONS)) {
    new QueryDefinition(scope, question.replaceAll(' ', ''), {
      queryDefinitionName: `${folder}/${question}`,
      queryString: new QueryString({
        fields: [...FIELDS],
        ...query,
        filterStatements: [...query.filterStatements],
        limit: 1_000,
      }),
      logGroups,
    });
  }
}
