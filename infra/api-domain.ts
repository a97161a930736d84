import { Token } from 'aws-cdk-lib';
import {
  ApiMapping,
  DomainName,
  type HttpApi,
  type IStage,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Construct } from 'constructs';

export interface ApiDomainProps {
  /**
   * Your own domain name for the API, such as `revocation.example.com`. Needs `certificateArn`. Point an alias record in your DNS
   * to the output `ApiDomainTarget`.
   *
   * @default none: the API has only the address that API Gateway gives it
   */
  readonly domainName?: string;
  /**
   * A certificate of AWS Certificate Manager for `domainName`, in the Region of the stack.
   *
   * @default none
   */
  readonly certificateArn?: string;
  /**
   * Makes the API answer at `domainName` only. With `jwt`, this needs `jwt.domainName` too.
   *
   * @default false: the API also answers at the address that API Gateway gives it
   */
  readonly disableExecuteApiEndpoint?: boolean;
}

export interface ApiDomainSettings {
  readonly name: string;
  readonly certificateArn: string;
  readonly isTheOnlyOne: boolean;
}

type Undefinable<T> = { [K in keyof T]: T[K] | undefined };

const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const CERTIFICATE = /^arn:[\w-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/;

/**
 * @param prefix - precedes the property names in errors
 * @returns undefined if no domain name is set
 * @throws Error naming the invalid property
 */
export function resolveApiDomain(
  props: Undefinable<ApiDomainProps>,
  prefix = '',
): ApiDomainSettings | undefined {
  const { domainName: name, certificateArn, disableExecuteApiEndpoint: isTheOnlyOne = false } = props;
  if (name === undefined) {
    if (certificateArn !== undefined)
      throw new Error(`${prefix}certificateArn is for ${prefix}domainName: give both or neither.`);
    if (isTheOnlyOne) {
      throw new Error(
        `disableExecuteApiEndpoint needs ${prefix}domainName: without it, the API has no other address.`,
      );
    }
    return undefined;
  }
  if (certificateArn === undefined) throw new Error(`${prefix}domainName needs ${prefix}certificateArn.`);
  requireLike(
    `${prefix}domainName`,
    name,
    DOMAIN,
    'a domain name in lower case, such as revocation.example.com',
  );
  requireLike(`${prefix}certificateArn`, certificateArn, CERTIFICATE, 'the ARN of a certificate');
  return { name, certificateArn, isTheOnlyOne };
}

function requireLike(what: string, text: string, form: RegExp, is: string): void {
  if (Token.isUnresolved(text) || form.test(text)) return;
  throw new Error(`${what} must be ${is}, not ${JSON.stringify(text)}.`);
}

/** The API's own domain name. It does not change who may call: an ARN of `execute-api` names the API, not its address. */
export class ApiDomain extends Construct {
  /** An alias record, or a CNAME, of the domain name must point to this name. */
  readonly target: string;
  /** The hosted zone of `target`. An alias record in Route 53 needs it. */
  readonly targetHostedZoneId: string;

  constructor(scope: Construct, id: string, settings: ApiDomainSettings, api: HttpApi, stage: IStage) {
    super(scope, id);
    const { name, certificateArn } = settings;
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    const domainName = new DomainName(this, 'Name', {
      domainName: name,
      certificate,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new ApiMapping(this, 'Mapping', { api, domainName, stage });
    this.target = domainName.regionalDomainName;
    this.targetHostedZoneId = domainName.regionalHostedZoneId;
  }
}
