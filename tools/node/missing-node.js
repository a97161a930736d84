// @ts-check
/** The functions run on Node.js 24. An older one does not run the TypeScript sources either. */
const REQUIRED = 24;

/**
 * @param {{ version: string, platform: string, arch: string }} running - as `process` has them
 * @param {string[]} packages - names of the packages that each hold Node.js for one platform
 * @param {(path: string) => boolean} exists - whether `node_modules` has this
 * @returns {string | undefined} what is missing and what to run; undefined if the running Node.js is new enough
 */
export function missingNode({ version, platform, arch }, packages, exists) {
  if (Number.parseInt(version.replace(/^v/, ''), 10) >= REQUIRED) return undefined;
  const found = `This project needs Node.js ${REQUIRED} or later, but this is ${version}.`;
  const machine = `${platform === 'win32' ? 'win' : platform}-${arch}`;
  const name = packages.find((candidate) => candidate.endsWith(`-${machine}`));
  if (name === undefined)
    return `${found} No npm package has it for ${machine}: install Node.js ${REQUIRED} on this machine.`;
  if (!exists(name))
    return `${found} It comes in the optional package ${name}, which is not installed. Run \`npm ci --include=optional\`.`;
  if (!exists('.bin/node'))
    return `${found} The package ${name} has the right one, but nothing links it. Run \`npm rebuild --ignore-scripts\`.`;
  return `${found} The package ${name} has the right one, but PATH does not name node_modules/.bin first. Start the command with \`npx\` or \`npm run\`.`;
}
