import { apiAddress } from '../../cli/api/address.ts';

const AWS = 'https://abc.execute-api.eu-west-1.amazonaws.com';
const noStack = async () => {
  throw new Error('not asked');
};

test.each([
  [{ api: `${AWS}/` }, {}, { url: AWS, region: 'eu-west-1' }],
  [{}, { REVOCATION_API: AWS, AWS_REGION: 'us-west-2' }, { url: AWS, region: 'eu-west-1' }],
  [{ region: 'us-east-1' }, { REVOCATION_API: AWS }, { url: AWS, region: 'us-east-1' }],
  [
    { api: 'https://api.example.com' },
    { AWS_REGION: 'us-west-2' },
    { url: 'https://api.example.com', region: 'us-west-2' },
  ],
  [
    { api: 'http://localhost:3000' },
    { AWS_REGION: 'us-east-1' },
    { url: 'http://localhost:3000', region: 'us-east-1' },
  ],
])('%j with the environment %j gives %j', async (options, env, address) => {
  expect(await apiAddress(options, env, noStack)).toEqual(address);
});

test('the stack gives the address, and overrides the variable', async () => {
  const asked: unknown[] = [];
  const stack = async (...args: unknown[]) => {
    asked.push(args);
    return AWS;
  };
  const address = await apiAddress(
    { stack: 's' },
    { REVOCATION_API: 'https://other.example.com', AWS_REGION: 'eu-west-1' },
    stack,
  );
  expect(address.url).toBe(AWS);
  expect(asked).toEqual([['s', 'eu-west-1']]);
});

test.each([
  ['http://api.example.com', /https/],
  ['https://user:word@api.example.com', /must not have a user/],
  ['https://api.example.com?x=1', /leave out/],
  ['nonsense', /not an address/],
  ['https://api.example.com', /Region/],
])('the address %s is refused, because a token would be sent there', async (api, text) => {
  await expect(apiAddress({ api }, {}, noStack)).rejects.toMatchObject({
    exit: 2,
    message: expect.stringMatching(text),
  });
});
