import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { closeServer, listen, localUrl } from '../../local/ground/http-server.ts';
import { bundledIcr, homeWith, runIcr } from '../support/icr.ts';

const ID = `user.${'a'.repeat(43)}`;

describe('report', () => {
  let server: Server;
  let url: string;
  let page: string;
  let accepted: unknown[];
  beforeEach(async () => {
    accepted = [];
    page = '<!doctype html><title>Report</title>';
    server = createServer(({ headers }, response) => {
      accepted.push(headers.accept);
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    });
    url = localUrl(await listen(server, 0));
  });
  afterEach(() => closeServer(server));

  test('the page is written to a file that only this user can read, and opened', async () => {
    const ran: unknown[] = [];
    const run = async (command: string, args: readonly string[]) => {
      ran.push([command, ...args]);
      return 0;
    };
    const { code, out } = await runIcr(['--api', url, 'report', ID], { run });
    const file = out.trim();
    try {
      expect(code).toBe(0);
      expect(accepted).toEqual(['text/html']);
      expect(readFileSync(file, 'utf8')).toBe(page);
      expect([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777]).toEqual([0o600, 0o700]);
      expect(ran).toEqual([['xdg-open', file]]);
    } finally {
      rmSync(dirname(file), { recursive: true });
    }
  });

  test('without a browser, the command says so', async () => {
    const { code, out, err } = await runIcr(['--api', url, 'report', ID, '--json']);
    const { file } = JSON.parse(out);
    expect([code, err]).toEqual([0, 'No browser could be started: open the file yourself.\n']);
    rmSync(dirname(file), { recursive: true });
  });

  test('an answer that is no page is not opened', async () => {
    page = '{"revocationId": "…"}';
    const { code, out } = await runIcr(['--api', url, 'report', ID]);
    expect([code, out]).toEqual([7, '']);
  });
});

describe('completion', () => {
  test('bash completes commands, and the options of a command', async () => {
    const { out } = await runIcr(['completion', 'bash']);
    const complete = (...words: string[]) => {
      const set = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
      const script = `${out}\n${set}; _icr; echo "\${COMPREPLY[@]}"`;
      return spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split(' ');
    };
    expect(complete('icr', 're')).toEqual(['register', 'revoke', 'report', 'restore']);
    expect(complete('icr', 'revoke', '--rea')).toEqual(['--reason']);
    expect(complete('icr', '--json', 'revoke', '--file')).toEqual(['--file']);
    expect(complete('icr', '--st')).toEqual(['--stack']);
  });

  test('every shell completes every command', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { out } = await runIcr(['completion', shell]);
      for (const command of ['login', 'watch', 'revoke', 'doctor']) expect(out).toContain(command);
    }
    expect(await runIcr(['completion', 'tcsh'])).toMatchObject({ code: 2 });
  });
});

describe('the packed bundle', () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'icr-bundle-'));
    file = bundledIcr(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is one file below 1.5 MB that starts with a shebang line', () => {
    expect(readdirSync(folder)).toEqual(['icr.js']);
    expect(readFileSync(file, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(file).size).toBeLessThan(1_500_000);
  });

  test('runs without the project, prints its version, and fails in one line', () => {
    const place = homeWith('work');
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [file, ...args], {
        cwd: folder,
        env: { HOME: place.home, PATH: process.env.PATH },
        encoding: 'utf8',
      });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(run('--version').stdout).toBe(`${version}\n`);
    const failed = run('show', ID);
    expect([failed.status, failed.stdout]).toEqual([2, '']);
    expect(failed.stderr).toMatch(/^The address of the API is missing: .*\n$/);
    place.remove();
  });
});
