import { Duration } from 'aws-cdk-lib';
import { EVERYONE } from '../lambda/aws/token-cache/rows.ts';
import { ENV } from '../lambda/env.ts';
import { alarmOnAny, tailOf, told } from './alarm.ts';
import type { DenyList } from './deny-list.ts';
import { FunctionGroup } from './function-group.ts';
import type { ServiceFunction } from './service-function.ts';

/** Creates the functions behind the HTTP APIs: one for each route. Both APIs share them. */
export class ApiFunctions extends FunctionGroup {
  revoke(): ServiceFunction {
    const fn = this.create('Revoke', 'revoke', 'Ends a session, or the few sessions of a user; queues many');
    this.portal(fn);
    this.logouts(fn);
    this.directory(fn, ['GetUserId', ...this.recordingNames(fn)]);
    this.parts.tokenCache.grantForget(fn);
    this.endsSessions(fn, 'Revoke');
    this.parts.denyList?.grantChangeOfUsers(fn);
    this.parts.queues.removals.grantSend(fn);
    return fn;
  }

  revokeEveryone(): ServiceFunction {
    const fn = this.create(
      'RevokeEveryone',
      'revoke-everyone',
      'Records that everyone is to be signed out, and queues it',
    );
    this.parts.tokenCache.grantNote(fn, EVERYONE);
    this.parts.records.grantRead(fn);
    this.parts.records.grantRecordOfEveryone(fn);
    this.parts.queues.bulk.grantSend(fn);
    this.parts.denyList?.grantChangeOfEveryone(fn);
    const { breakGlassUserIds } = this.parts.settings;
    if (breakGlassUserIds.length > 0) fn.addEnvironment(ENV.breakGlassUserIds, breakGlassUserIds.join(','));
    return fn;
  }

  readRevocation(): ServiceFunction {
    const fn = this.create(
      'ReadRevocation',
      'read-revocation',
      'Answers what a revocation did and what may still live',
    );
    this.parts.records.grantRead(fn);
    return fn;
  }

  listRevocations(): ServiceFunction {
    const fn = this.create(
      'ListRevocations',
      'list-revocations',
      "Answers a user's revocations, or those of a time, newest first",
    );
    this.parts.records.grantReadByUser(fn);
    this.parts.records.grantReadByTime(fn);
    this.directory(fn, ['DescribeUser']);
    return fn;
  }

  /** @param registrarRole - name of the registrar role, whose sessions have the caller's user id as their name; undefined without one */
  registerOwnSession(registrarRole: string | undefined): ServiceFunction {
    const fn = this.create(
      'RegisterOwnSession',
      'register-own-session',
      'Holds a session of the caller, its tokens encrypted',
    );
    const userNameClaim = this.parts.settings.jwt?.userNameClaim;
    if (userNameClaim !== undefined) fn.addEnvironment(ENV.userNameClaim, userNameClaim);
    if (registrarRole !== undefined) fn.addEnvironment(ENV.registrarRole, registrarRole);
    this.#registering(fn, ['GetUserId', 'DescribeUser']);
    alarmOnAny(
      this.scope,
      'NotYourSession',
      fn.counted('Refused:not-your-session', 'Sum', Duration.minutes(5)),
      told({
        meaning:
          'Somebody tried to register a session for another person, or by a role that no person signs in to. It was refused.',
        first: tailOf(fn, '{ $.code = "not-your-session" }'),
        runbook: 'somebody-registers-for-another-person',
      }),
    );
    return fn;
  }

  registerSession(): ServiceFunction {
    const fn = this.create(
      'RegisterSession',
      'register-session',
      'Holds a session of any user, its tokens encrypted',
    );
    this.#registering(fn, ['DescribeUser']);
    return fn;
  }

  listSessions(): ServiceFunction {
    const fn = this.create(
      'ListSessions',
      'list-sessions',
      'Answers which sessions are held of a user, without tokens',
    );
    this.parts.tokenCache.grantList(fn);
    return fn;
  }

  liftDenial(denyList: DenyList): ServiceFunction {
    const fn = this.create(
      'LiftDenial',
      'lift-denial',
      'Takes a user off the deny list, and lets them register',
    );
    this.parts.tokenCache.grantChangeFence(fn);
    denyList.grantChangeOfUsers(fn);
    denyList.grantRead(fn);
    return fn;
  }

  liftEveryone(denyList: DenyList): ServiceFunction {
    const fn = this.create('LiftEveryone', 'lift-everyone', 'Takes everyone off the deny list');
    denyList.grantChangeOfEveryone(fn);
    denyList.grantReadOfEveryone(fn);
    return fn;
  }

  /**
   * Creates the function that answers requests that match no route.
   *
   * @param routes - the existing routes, in API Gateway's notation
   */
  unknownRoute(routes: string[]): ServiceFunction {
    const fn = this.create('UnknownRoute', 'unknown-route', 'Answers requests that match no route');
    fn.addEnvironment(ENV.routes, routes.join(','));
    return fn;
  }

  #registering(fn: ServiceFunction, lookUps: string[]): void {
    fn.addEnvironment(ENV.maxSessionsPerUser, String(this.parts.settings.maxSessionsPerUser));
    this.portal(fn);
    this.directory(fn, lookUps);
    this.recordingNames(fn);
    this.parts.tokenCache.grantRegister(fn);
    this.parts.tokenCache.grantForget(fn);
    this.parts.records.grantRead(fn);
    this.parts.records.grantRecordOfSessions(fn);
    this.parts.queues.reports.grantSend(fn);
    this.parts.notices?.grantSend(fn);
  }
}
