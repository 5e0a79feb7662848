/** Completion scripts of the shells. */
import type { CommandGrammar, Values } from './grammar.js';

/** Shells with a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
/** One of them. */
export type Shell = (typeof SHELLS)[number];

/** The script of a shell, to be sourced by it. */
export function completionScript(shell: Shell, grammar: readonly CommandGrammar[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(grammar);
    case 'zsh':
      // zsh runs scripts for bash as they are.
      return `#compdef lodestone\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(grammar)}`;
    case 'fish':
      return fishScript(grammar);
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bashScript(grammar: readonly CommandGrammar[]): string {
  const groups = grammar.filter(({ children }) => children.length > 0);
  const steps = groups.flatMap(({ path, children }) =>
    children.map(({ name }) => `      ${quoted(`${path}:${name}`)}) path=${quoted(`${path} ${name}`.trim())} ;;`),
  );
  const values = grammar.flatMap(({ path, options }) =>
    options.flatMap(({ flags, values: own }) =>
      own === undefined
        ? []
        : [`    ${flags.map((flag) => quoted(`${path}:${flag}`)).join('|')}) ${bashValues(own)} ;;`],
    ),
  );
  const words = grammar.map(({ path, options, children, argument }) => {
    const flags = options.flatMap((option) => option.flags).join(' ');
    const own = children.length > 0 ? { words: children.map(({ name }) => name) } : argument;
    return `    ${quoted(path)}) options=${quoted(flags)}; ${bashValues(own)} ;;`;
  });
  return `# bash completion of lodestone: source <(lodestone completion bash)
_lodestone() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' paths='' options='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path:\${COMP_WORDS[i]}" in
${steps.join('\n')}
    esac
  done
  COMPREPLY=()
  case "$path:$prev" in
${values.join('\n')}
    *)
      case "$path" in
${words.map((line) => `  ${line}`).join('\n')}
      esac
      if [[ $cur == -* ]]; then words=$options; paths=''; fi
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  case "$paths" in
    files) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")) ;;
    folders) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$cur")) ;;
  esac
  if [[ \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _lodestone lodestone
`;
}

const bashValues = ({ words, paths }: Values): string =>
  `words=${quoted(words.join(' '))}${paths === undefined ? '' : `; paths=${paths}`}`;

function fishScript(grammar: readonly CommandGrammar[]): string {
  const lines = grammar.flatMap(({ path, options, children, argument }) => {
    const here = `-n ${quoted(`__lodestone_at ${quoted(path)}`)}`;
    const own = options.map(({ flags, what, values }) => {
      const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
      return `complete -c lodestone ${here} ${names.join(' ')} ${fishValues(values, ' -r')}-d ${quoted(shortOf(what))}`;
    });
    const below = children.map(
      ({ name, what }) => `complete -c lodestone ${here} -f -a ${name} -d ${quoted(shortOf(what))}`,
    );
    const arguments_ =
      children.length > 0 ? [] : [`complete -c lodestone ${here} ${fishValues(argument, '')}`.trimEnd()];
    return [...below, ...arguments_, ...own];
  });
  const steps = grammar.flatMap(({ path, children }) =>
    children.map(
      ({ name }) => `      case ${quoted(`${path}:${name}`)}\n        set path ${quoted(`${path} ${name}`.trim())}`,
    ),
  );
  return `# fish completion of lodestone: lodestone completion fish | source
function __lodestone_at
  set -l path ''
  for word in (commandline -opc)[2..-1]
    switch "$path:$word"
${steps.join('\n')}
    end
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`;
}

function fishValues(values: Values | undefined, required: string): string {
  if (values === undefined) return '';
  const { words, paths } = values;
  const list = paths === 'folders' ? '(__fish_complete_directories)' : words.join(' ');
  return `${paths === 'files' ? '-F' : '-f'}${required}${list === '' ? '' : ` -a ${quoted(list)}`} `;
}

/** A line of a menu. */
const shortOf = (what: string): string => (what.length > 70 ? `${what.slice(0, 69)}…` : what);
