# The recorder for your own zsh: eval "$(runbook hook zsh)"
#
# While an incident is open, every command leaves one small file, which the next `runbook` process puts on record. No
# process is started. A command that begins with a blank, or that HISTORY_IGNORE names, is not recorded.

if [[ -o interactive && -z ${__runbook_recorded-} ]] && zmodload zsh/datetime zsh/system 2>/dev/null; then

  if [[ ${XDG_STATE_HOME-} == /* ]]; then
    typeset -g __runbook_pointer=$XDG_STATE_HOME/runbook/current
  else
    typeset -g __runbook_pointer=$HOME/.local/state/runbook/current
  fi
  if [[ ${XDG_RUNTIME_DIR-} == /* ]]; then
    typeset -g __runbook_spool=$XDG_RUNTIME_DIR/runbook/hook
  else
    typeset -g __runbook_spool=${__runbook_pointer%/current}/runtime/hook
  fi
  if [[ -n ${__runbook_session-} ]]; then __runbook_spool=$__runbook_session; fi # `runbook shell`
  typeset -g __runbook_began=0 __runbook_kept=''
  typeset -g __runbook_command='' __runbook_cwd='' __runbook_start=0
  typeset -gi __runbook_count=0

  __runbook_preexec() {
    emulate -L zsh
    __runbook_command=''
    [[ -n ${__runbook_session-} || -e $__runbook_pointer || -n ${RUNBOOK_INCIDENT-} ]] || return 0
    # The line as it was typed; without a history, as zsh understood it.
    __runbook_command=${1:-$3}
    if [[ $__runbook_command == [[:blank:]]* ]]; then __runbook_command=''; fi
    if [[ -n ${HISTORY_IGNORE-} ]]; then
      setopt extended_glob
      if [[ $__runbook_command == ${~HISTORY_IGNORE} ]]; then __runbook_command=''; fi
    fi
    __runbook_cwd=$PWD
    __runbook_start=$(( epochtime[1] * 1000000 + epochtime[2] / 1000 ))
    if [[ -n ${__runbook_session-} ]]; then
      __runbook_began=1
      print -n -- "\e]133;C;aid=$__runbook_nonce\a"
    fi
  }

  __runbook_precmd() {
    local -i __runbook_status=$?
    emulate -L zsh
    __runbook_kept=''
    if [[ -n $__runbook_command ]]; then
      __runbook_keep $__runbook_status 2>/dev/null
      __runbook_command=''
    fi
    if [[ $__runbook_began == 1 ]]; then
      __runbook_began=0
      print -n -- "\e]133;D;$__runbook_status;aid=$__runbook_nonce;$__runbook_kept\a"
    fi
    return $__runbook_status
  }

  __runbook_keep() {
    local pointer='' fd
    local -i end=$(( epochtime[1] * 1000000 + epochtime[2] / 1000 ))
    if [[ ! -O $__runbook_spool ]]; then
      (umask 077; command mkdir -p -- $__runbook_spool) # a process, once after each login at most
      if [[ ! -O $__runbook_spool ]]; then return 0; fi
    fi
    if [[ -e $__runbook_pointer ]]; then IFS= read -r pointer <$__runbook_pointer; fi
    (( ++__runbook_count ))
    local name=$end-$$-$__runbook_count.zsh
    sysopen -w -o creat,excl,cloexec -m 0600 -u fd -- $__runbook_spool/$name || return 0
    print -rNnu $fd -- 1 "$pointer" "${RUNBOOK_INCIDENT-}" "$__runbook_cwd" $__runbook_start $end $1 \
      "$__runbook_command" $'end\n'
    exec {fd}>&-
    __runbook_kept=$name
  }

  # zsh marks an unfinished last line before it calls precmd, which would make the mark part of the output. While a
  # command of a recorded shell runs that is off, and its own mark is printed after ours.
  typeset -g __runbook_sp=0
  __runbook_no_eol() {
    __runbook_sp=0
    if [[ -o prompt_sp ]]; then __runbook_sp=1; unsetopt prompt_sp; fi
  }
  __runbook_eol() {
    if (( __runbook_sp )); then
      if [[ -o prompt_cr ]]; then
        print -Pn -- "${PROMPT_EOL_MARK-%B%S%#%s%b}${(l:COLUMNS - 1:: :):-}"$'\r \r'
      fi
      __runbook_sp=0
      setopt prompt_sp
    fi
  }

  autoload -Uz add-zsh-hook
  add-zsh-hook preexec __runbook_preexec
  add-zsh-hook precmd __runbook_precmd
  # What other hooks print before a prompt is no output of the command, so the mark comes first.
  if [[ -n ${__runbook_session-} ]]; then
    precmd_functions=(__runbook_precmd __runbook_eol ${precmd_functions:#__runbook_precmd})
    add-zsh-hook preexec __runbook_no_eol
  fi
fi
