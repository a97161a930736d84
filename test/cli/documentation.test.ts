import { readFileSync } from 'node:fs';
import { EXIT } from '../../cli/exit-codes.ts';
import { createProgram } from '../../cli/icr.ts';
import { generatedSection } from '../support/generated-section.ts';
import { runIcr, testMachine } from '../support/icr.ts';
import { start } from '../support/running-stack.ts';

const PAGE = 'docs/cli.md';

function requireWritten(name: string, text: string): void {
  const section = generatedSection(PAGE, name);
  if (process.env.UPDATE_DOCS) section.write(text);
  expect(generatedSection(PAGE, name).written).toBe(text);
}

test('docs/cli.md has every command with its options', () => {
  const program = createProgram(testMachine().machine, () => {});
  const rows = program.commands.map((command) => {
    const options = command.options.map(({ flags }) => `\`${flags}\``).join(', ');
    const given = command.registeredArguments.map((one) => {
      const name = one.name().toUpperCase();
      return one.required ? ` ${name}` : ` [${name}]`;
    });
    return `| \`icr ${command.name()}${given.join('')}\` | ${command.description()} | ${options} |`;
  });
  requireWritten('commands', ['| command | | options |', '|---|---|---|', ...rows].join('\n'));
});

test('docs/cli.md has every exit code', () => {
  const rows = readFileSync(PAGE, 'utf8').matchAll(/^\| (\d+) \|/gm);
  expect([...rows].map(([, code]) => Number(code))).toEqual(Object.values(EXIT));
});

test('the example in docs/cli.md is the real output', async () => {
  const running = await start();
  try {
    const { userId } = await running.register('example@example.com');
    const revoked = await runIcr(['--api', running.stack.url, 'revoke', userId, '--reason', 'left']);
    const id = /user\.[\w-]{43}/.exec(revoked.out)?.[0] ?? '';
    const again = await runIcr(['--api', running.stack.url, 'user', userId]);
    // Ids and times differ from run to run.
    const steady = (text: string) =>
      text
        .replaceAll(id, 'user.o9IJUBczEL0…')
        .replaceAll(userId, '906791299c-0a1b…')
        .replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '2026-…Z')
        .replaceAll(/not denied \(pending\)|denied since 2026-…Z, until 2026-…Z/g, 'not denied (pending)');
    const commands = [
      [`icr revoke 906791299c-0a1b… --reason left`, revoked.out],
      [`icr user 906791299c-0a1b…`, again.out],
    ];
    const lines = commands.map(([command, out = '']) => `$ ${command}\n${steady(out)}`);
    requireWritten('example', `\`\`\`console\n${lines.join('')}\`\`\``);
  } finally {
    await running.close();
  }
}, 30_000);
