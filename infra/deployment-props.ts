import type { Stack } from 'aws-cdk-lib';
import { type ApiDomainProps, resolveApiDomain } from './api-domain.ts';
import { type EncryptionProps, requireEncryptionKey } from './data-encryption.ts';
import { type ExistingDataProps, requireExisting } from './existing-data.ts';
import { type KeptDataProps, resolveKeptData } from './kept-data.ts';
import { type NetworkProps, requireNetwork } from './network.ts';

/** Properties of the deployment: stored data, encryption, addresses and network. */
export interface DeploymentProps
  extends KeptDataProps,
    ExistingDataProps,
    EncryptionProps,
    ApiDomainProps,
    NetworkProps {}

/** The properties with their defaults. */
export type DeploymentSettings = ReturnType<typeof resolveDeployment>;

/** @throws Error naming the invalid property */
export function resolveDeployment(props: DeploymentProps, hasDenyList: boolean, stack: Stack) {
  if (props.existing) requireExisting(props.existing, hasDenyList, stack);
  if (props.encryptionKey) requireEncryptionKey(props.encryptionKey, props.existing?.keyArn);
  const network: NetworkProps = props;
  requireNetwork(network);
  return {
    network,
    encryptionKey: props.encryptionKey,
    kept: resolveKeptData(props),
    existing: props.existing,
    apiDomain: resolveApiDomain(props),
  };
}
