import { Token } from 'aws-cdk-lib';

export interface PortalRegionsProps {
  /**
   * Regions whose access portals may be called. The first is the Region of the Identity Center instance: the identity store is
   * called there, and a request that names no Region means it. A session of any other Region is refused.
   *
   * @default the stack's Region
   */
  readonly portalRegions?: readonly string[];
  /**
   * Short for `portalRegions` with a single Region.
   *
   * @default none: `portalRegions` is used
   */
  readonly portalRegion?: string;
}

/** `eu-west-1`, `us-gov-west-1`, `us-isob-east-1`, `eusc-de-east-1`. */
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;

/** @throws Error saying which value is expected */
export function resolvePortalRegions(props: PortalRegionsProps, stackRegion: string): readonly string[] {
  const { portalRegion, portalRegions } = props;
  if (portalRegion !== undefined && portalRegions !== undefined) {
    throw new Error('Give portalRegions or portalRegion, not both.');
  }
  const regions = portalRegions ?? [portalRegion ?? stackRegion];
  if (regions.length === 0)
    throw new Error('portalRegions must not be empty: leave it out for the region of the stack.');
  if (new Set(regions).size < regions.length) throw new Error('portalRegions must differ from each other.');
  const wrong = regions.find((region) => !Token.isUnresolved(region) && !REGION.test(region));
  if (wrong === undefined) return regions;
  const name = portalRegion === undefined ? 'Each of portalRegions' : 'portalRegion';
  throw new Error(`${name} must be an AWS region such as eu-west-1, not ${JSON.stringify(wrong)}.`);
}
