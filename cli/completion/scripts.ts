import type { Words } from './words.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Returns the completion script of a shell. It contains all words, so it starts no process while somebody types. */
export function completionScript(shell: Shell, words: readonly Words[]): string {
  return { bash, zsh, fish }[shell](words);
}

const namesOf = (words: readonly Words[]) => words.flatMap(({ command }) => command || []);

function bash(words: readonly Words[]): string {
  const cases = words.map(({ command, options }) => `    ${command || '*'}) words="${options.join(' ')}" ;;`);
  // The case for no command matches everything, so it comes last.
  const [none, ...others] = cases;
  return `_icr() {
  local current=\${COMP_WORDS[COMP_CWORD]} command='' word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " ${namesOf(words).join(' ')} " in *" $word "*) command=$word; break ;; esac
  done
  case $command in
${[...others, none].join('\n')}
  esac
  [[ $command || $current == -* ]] || words="${namesOf(words).join(' ')}"
  if [[ $current == -* || ! $command ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); else COMPREPLY=(); fi
}
complete -o default -F _icr icr
`;
}

/** zsh runs the script of bash through its own bridge, bashcompinit, so both complete the same words. */
function zsh(words: readonly Words[]): string {
  return `#compdef icr\nautoload -U +X bashcompinit && bashcompinit\n${bash(words)}`;
}

function fish(words: readonly Words[]): string {
  const quoted = (text: string) => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
  const lines = words.flatMap(({ command, description, options }) => {
    const seen = command ? `'__fish_seen_subcommand_from ${command}'` : '__fish_use_subcommand';
    const name = command
      ? [`complete -c icr -f -n __fish_use_subcommand -a ${command} -d ${quoted(description)}`]
      : [];
    return [...name, ...options.map((option) => `complete -c icr -n ${seen} -l ${option.slice(2)}`)];
  });
  return `${lines.join('\n')}\n`;
}
