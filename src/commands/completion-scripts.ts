/** What shells source: each asks `kprobe __complete`, whose last line is `:0` where file names are to be offered. */

/** `:` and `=` break words in bash, and what stands before them must not be repeated (bash manual, COMP_WORDBREAKS). */
const bash = `_kprobe() {
  local line words current before IFS=$' \\t\\n'
  read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ \${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=('')
  current=\${words[\${#words[@]}-1]}
  before=\${current%"\${current##*[:=]}"}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :0) compopt -o default ;;
      :*) ;;
      *) COMPREPLY+=("\${line#"$before"}") ;;
    esac
  done < <(kprobe __complete "\${words[@]:1}" 2>/dev/null)
}
complete -F _kprobe kprobe
`;

const zsh = `#compdef kprobe
_kprobe() {
  local -a lines
  lines=("\${(@f)$(kprobe __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ \${lines[-1]} == ':0' ]]; then
    _files
  else
    compadd -- "\${(@)lines[1,-2]}"
  fi
}
compdef _kprobe kprobe
`;

const fish = `function __kprobe_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (kprobe __complete $words[2..-1] 2>/dev/null)
  if test "$lines[-1]" = ':0'
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $lines[1..-2]
  end
end
complete -c kprobe -f -a '(__kprobe_complete)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<string, string>> = { bash, zsh, fish };
