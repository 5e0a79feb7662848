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
      return zshScript(grammar);
    case 'fish':
      return fishScript(grammar);
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** What bash and zsh read alike: `case` arms that find the command, the values of an option, and the words of a command. */
function shellCases(grammar: readonly CommandGrammar[]) {
  const groups = grammar.filter(({ children }) => children.length > 0);
  const steps = groups.flatMap(({ path, children }) =>
    children.map(({ name }) => `      ${quoted(`${path}:${name}`)}) route=${quoted(`${path} ${name}`.trim())} ;;`),
  );
  const values = grammar.flatMap(({ path, options }) =>
    options.flatMap(({ flags, values: own }) =>
      own === undefined
        ? []
        : [`    ${flags.map((flag) => quoted(`${path}:${flag}`)).join('|')}) ${shellValues(own)} ;;`],
    ),
  );
  const words = grammar.map(({ path, options, children, argument }) => {
    const flags = options.flatMap((option) => option.flags).join(' ');
    const own = children.length > 0 ? { words: children.map(({ name }) => name) } : argument;
    return `        ${quoted(path)}) options=${quoted(flags)}; ${shellValues(own)} ;;`;
  });
  const choose = `  case "$route:$prev" in
${values.join('\n')}
    *)
      case "$route" in
${words.join('\n')}
      esac
      if [[ $cur == -* ]]; then choices=$options; paths=''; fi
      ;;
  esac`;
  return { steps: steps.join('\n'), choose };
}

function bashScript(grammar: readonly CommandGrammar[]): string {
  const { steps, choose } = shellCases(grammar);
  return `# bash completion of lodestone: source <(lodestone completion bash)
_lodestone() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} route='' choices='' paths='' options='' i
  # --chip=x is three words here.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$route:\${COMP_WORDS[i]}" in
${steps}
    esac
  done
${choose}
  COMPREPLY=($(compgen -W "$choices" -- "$cur"))
  # Names of files may have spaces.
  local IFS=$'\\n'
  case "$paths" in
    files) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")) ;;
    folders) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$cur")) ;;
  esac
  if [[ \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _lodestone lodestone
`;
}

function zshScript(grammar: readonly CommandGrammar[]): string {
  const { steps, choose } = shellCases(grammar);
  return `#compdef lodestone
# zsh completion of lodestone: source <(lodestone completion zsh), or a file _lodestone in a folder of fpath
_lodestone() {
  local cur=$words[CURRENT] prev=$words[CURRENT-1] route='' choices='' paths='' options='' i
  if [[ $cur == --*=* ]]; then prev=\${cur%%=*}; cur=\${cur#*=}; compset -P '*='; fi
  for ((i = 2; i < CURRENT; i++)); do
    case "$route:$words[i]" in
${steps}
    esac
  done
${choose}
  local -a all=(\${=choices})
  local -a open=(\${(M)all:#*=}) whole=(\${all:#*=})
  (( $#open )) && compadd -S '' -- $open
  (( $#whole )) && compadd -- $whole
  case "$paths" in
    files) _files ;;
    folders) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _lodestone ]]; then
  _lodestone "$@"
else
  (( $+functions[compdef] )) || { autoload -U compinit && compinit }
  compdef _lodestone lodestone
fi
`;
}

const shellValues = ({ words, paths }: Values): string =>
  `choices=${quoted(words.join(' '))}${paths === undefined ? '' : `; paths=${paths}`}`;

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
