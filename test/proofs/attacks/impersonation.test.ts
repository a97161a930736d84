import { loadAssembly } from '../../../local/template/assembly.ts';
import { createResolver } from '../../../local/template/intrinsics.ts';
import { resourcesOf } from '../../../local/template/properties.ts';
import { assumedRole, type Keys, roleCredentials, signed } from '../../support/callers.ts';
import { assembly } from '../../support/synth.ts';
import { attack } from './attack.ts';
import { type Person, type Stage, startStage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, 30_000);
afterAll(() => stage.close());

const ACCOUNT = 'arn:aws:iam::000000000000:role';

/** The role that people of other accounts assume to register their own sessions. */
function registrarRoleArn(): string {
  const resources = loadAssembly(assembly);
  const found = resourcesOf(resources, 'AWS::IAM::Role').find(([id]) => id.includes('RegistrarRole'));
  return createResolver(resources, 'us-east-1').attribute(found?.[0] ?? '', 'Arn');
}

function registerAs(keys: Keys | undefined, body: object) {
  return stage.call('PUT', '/sessions', body, signed('execute-api', keys));
}

const PERMISSION_SET = 'AWSReservedSSO_Developer_0123456789abcdef';

type Role = Parameters<typeof assumedRole>[1];

/** Ways to get role sessions that look like a person's own. */
function rolesLikeHers(): Record<string, (alice: Person) => Role> {
  const registrar = registrarRoleArn();
  const byName =
    (RoleArn: string) =>
    ({ userName }: Person) => ({ RoleArn, RoleSessionName: userName });
  const byId =
    (RoleArn: string) =>
    ({ userId }: Person) => ({ RoleArn, RoleSessionName: userId });
  return {
    'the registrar role in the name of her id': byId(registrar),
    'the registrar role in her user name': byName(registrar),
    'a role of a permission set': byName(`${ACCOUNT}/aws-reserved/sso.amazonaws.com/${PERMISSION_SET}`),
    'a role named like one of a permission set': byName(`${ACCOUNT}/${PERMISSION_SET}`),
    'a role whose name ends like one': byName(`${ACCOUNT}/Our${PERMISSION_SET}`),
    'a role whose name begins like one': byName(`${ACCOUNT}/${PERMISSION_SET}0`),
    'a role without the hash': byName(`${ACCOUNT}/AWSReservedSSO_Developer`),
    'a role named like the registrar, in another path': byId(
      `${ACCOUNT}/path/${registrar.split('/').at(-1)}`,
    ),
    'any role in the name of her id': byId(`${ACCOUNT}/offboarding`),
  };
}

attack(
  "a role session that looks like Alice's cannot register the attacker's token under Alice",
  async (tried) => {
    const { url, emulator } = stage.running.stack;
    let tries = 0;
    const against = async (
      how: string,
      act: (alice: Person, own: Keys | undefined, file: object) => unknown,
    ) => {
      for (const account of ['000000000000', '111122223333']) {
        tries += 1;
        const [alice, { file }] = [await stage.signIn(`alice-${tries}`), await stage.signIn('mallory')];
        await act(alice, await roleCredentials(emulator.url, file.accessToken, account), file);
        tried(`${how}, from ${account}`, (await stage.held(alice.userId)).length > 0);
      }
    };
    for (const [how, roleOf] of Object.entries(rolesLikeHers()))
      await against(how, async (alice, own, file) => {
        const keys = await assumedRole(url, roleOf(alice), own);
        if (keys) await registerAs(keys, file);
      });
    await against('her id in the body', ({ userId }, own, file) => registerAs(own, { ...file, userId }));
    await against('her name in the body', ({ userName }, own, file) =>
      registerAs(own, { ...file, userName }),
    );
    await against('nobody in Identity Center', ({ userId }, _, file) =>
      stage.call('PUT', '/sessions', { ...file, userId }),
    );
  },
);

test('the registrar role registers a session for whoever assumes it', async () => {
  const carol = await stage.signIn('carol');
  const { url, emulator } = stage.running.stack;
  const own = await roleCredentials(emulator.url, carol.file.accessToken, '111122223333');
  const role = { RoleArn: registrarRoleArn(), RoleSessionName: carol.userId };
  const answer = await registerAs(await assumedRole(url, role, own), carol.file);
  expect(answer).toMatchObject({ status: 201, body: { userId: carol.userId } });
});
