import { readFileSync } from 'node:fs';
import { allRoutes, type RouteName, routeRules } from '../../infra/route-rules.ts';
import { routeKeys } from '../../lambda/routes.ts';

const readme = readFileSync('README.md', 'utf8');

interface Statement {
  Effect: string;
  Action: string;
  Resource: string | string[];
}

/** The statements for IAM policies. */
const statements = [...readme.matchAll(/```json\n(\{[^`]*"Effect"[^`]*)```/g)].map(
  ([, json = '']): Statement => JSON.parse(json),
);

/** IAM's name for a route: the method, and the path with a `*` for each parameter. */
const named = Object.entries(allRoutes).flatMap(([name, route]) => {
  const { parameterPattern = '*' } = routeRules[name as RouteName];
  return routeKeys(route).map((key) => key.replace(' ', '').replaceAll(/\{\w+\}/g, parameterPattern));
});

test('each statement of the README for callers names an existing route', () => {
  const callable = statements.filter(({ Action }) => Action === 'execute-api:Invoke');
  const routes = callable.flatMap(({ Resource }) =>
    [Resource].flat().map((arn) => arn.split('/$default/')[1]),
  );
  expect(routes).toEqual([
    'PUT/sessions',
    'POST/revocations',
    'GET/revocations',
    'GET/revocations/*',
    'GET/sessions',
    'HEAD/revocations',
    'HEAD/revocations/*',
    'HEAD/sessions',
  ]);
  expect(routes.filter((route) => !named.includes(route ?? ''))).toEqual([]);
  const apart = [
    'POST/revocations/everyone',
    'POST/revocations/*/restore-access',
    'DELETE/deny-list/*-*',
    'DELETE/deny-list/everyone',
    'PUT/users/*/sessions',
  ];
  for (const route of apart) {
    expect(named).toContain(route);
    expect(readme).toContain(`\`${route}\``);
  }
});

test('the README has a statement for the registrar role', () => {
  const assuming = statements.filter(({ Action }) => Action === 'sts:AssumeRole');
  expect(assuming.map(({ Resource }) => Resource)).toEqual([expect.stringContaining(':role/')]);
});
