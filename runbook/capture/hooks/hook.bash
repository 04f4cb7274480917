# The recorder for your own bash: eval "$(runbook hook bash)"
#
# While an incident is open, every command leaves one small file, which the next `runbook` process puts on record. No
# process is started, nothing of yours is replaced: PS0 and PROMPT_COMMAND are added to, and a DEBUG trap stands only
# where you have none, for the first command after a prompt.
#
# The text of a command is what history has of it, so whatever HISTCONTROL or HISTIGNORE keeps out of the history is
# not recorded. Under ignoredups a repeated command does not enter the history either; it is told apart from an ignored
# one by what the shell began to run.

if [[ $- == *i* && -n ${EPOCHREALTIME-} && -z ${__runbook_recorded-} ]]; then

  case ${XDG_STATE_HOME-} in
    /*) __runbook_pointer=$XDG_STATE_HOME/runbook/current ;;
    *) __runbook_pointer=$HOME/.local/state/runbook/current ;;
  esac
  case ${XDG_RUNTIME_DIR-} in
    /*) __runbook_spool=$XDG_RUNTIME_DIR/runbook/hook ;;
    *) __runbook_spool=${__runbook_pointer%/current}/runtime/hook ;;
  esac
  if [[ -n ${__runbook_session-} ]]; then __runbook_spool=$__runbook_session; fi # `runbook shell`
  __runbook_nothing='' __runbook_kept='' __runbook_start=0 __runbook_began=0 __runbook_count=0 __runbook_cwd=$PWD __runbook_over=0
  __runbook_entry=0 __runbook_seen=0 __runbook_first='' __runbook_before='' __runbook_arm='' __runbook_trap=''
  if [[ -n $(trap -p DEBUG) ]]; then __runbook_trap=yours; fi

  # What PS0 expands to before a command: nothing, but it notes the time and where the history
  # stands, before a PROMPT_COMMAND of yours can read other shells' history.
  __runbook_ps0='${__runbook_nothing:$((__runbook_start=${EPOCHREALTIME//[!0-9]/},__runbook_entry=HISTCMD,__runbook_over=0,__runbook_began=1,0)):0}'
  if [[ -n ${__runbook_session-} ]]; then __runbook_ps0+=$'\e]133;C;aid='$__runbook_nonce$'\a'; fi

  # What the DEBUG trap does at the first command after a prompt, before it takes itself away.
  __runbook_debug='[[ $__runbook_began != 1 ]] || {
    __runbook_began=2 __runbook_first=$BASH_COMMAND __runbook_underscore=$_
    trap - DEBUG
    : "$__runbook_underscore"
  }'

  # A function cannot see the shell's DEBUG trap, so this is evaluated outside. It asks through a file: $(trap) forks.
  __runbook_arm_now='{
    __runbook_trap=unknown
    \builtin trap -p DEBUG >|"$__runbook_spool/.trap-$$"
    IFS= \builtin read -r __runbook_trap <"$__runbook_spool/.trap-$$"
    case $__runbook_trap in
      "") \builtin trap -- "$__runbook_debug" DEBUG ;;
      *__runbook_began*) __runbook_trap="" ;;
    esac
  } 2>/dev/null'

  __runbook_prompt() {
    \builtin local status=$?
    # Whatever is set in your shell (-e, -u, -x, -C, another IFS) is not set in here.
    { \builtin local - IFS=$' \t\n'; \builtin set +euvxC; } 2>/dev/null
    \builtin local cwd=$__runbook_cwd began=$__runbook_began
    __runbook_cwd=$PWD __runbook_began=0 __runbook_arm='' __runbook_kept=''
    if [[ -n ${__runbook_session-} || -e $__runbook_pointer || -n ${RUNBOOK_INCIDENT-} ]]; then
      if [[ $began != 0 && -z ${__runbook_dropped-} ]]; then __runbook_keep "$status" "$cwd" 2>/dev/null; fi
      if [[ -n ${bash_preexec_imported-}${__bp_imported-} ]]; then
        if [[ ${preexec_functions[*]-} != *__runbook_preexec* ]]; then preexec_functions+=(__runbook_preexec); fi
      elif [[ -z $__runbook_trap && ${HISTCONTROL-} == *@(dups|both)* ]]; then
        if ! \builtin shopt -q extdebug; then __runbook_arm=$__runbook_arm_now; fi
      fi
    fi
    if [[ $began != 0 && -n ${__runbook_session-} ]]; then
      \builtin printf '\e]133;D;%s;aid=%s;%s\a' "$status" "$__runbook_nonce" "$__runbook_kept"
    fi
    if [[ ${PS0-} != *__runbook_start=* ]]; then PS0=${PS0-}$__runbook_ps0; fi
    __runbook_seen=$HISTCMD __runbook_first=''
    \builtin return "$status"
  }

  __runbook_preexec() { __runbook_first=$1; }  # for bash-preexec, whose DEBUG trap we leave alone

  __runbook_keep() {
    \builtin local end=${EPOCHREALTIME//[!0-9]/} pointer='' name mask=''
    if [[ $__runbook_entry == "$__runbook_seen" ]]; then
      if [[ ${HISTCONTROL-} != *@(dups|both)* || $__runbook_first != "$__runbook_before" ]]; then return; fi
      if [[ -z $__runbook_first ]]; then return; fi
    fi
    __runbook_before=$__runbook_first
    if [[ $__runbook_first == [[:blank:]]* ]]; then return; fi
    if [[ ! -O $__runbook_spool ]]; then
      (umask 077; \command mkdir -p "$__runbook_spool") # a process, once after each login at most
      if [[ ! -O $__runbook_spool ]]; then return; fi
    fi
    if [[ -e $__runbook_pointer ]]; then IFS='' \builtin read -r pointer <"$__runbook_pointer"; fi
    # `umask` prints the mask, and to take it from there would need a process. Elsewhere the folder's 0700 has to do.
    while \builtin read -r name mask && [[ $name != Umask: ]]; do mask=''; done </proc/self/status
    if [[ -n $mask ]]; then \builtin umask 077; fi
    name=$end-$$-$((++__runbook_count)).bash
    {
      \builtin printf '%s\0' 1 "$pointer" "${RUNBOOK_INCIDENT-}" "$2" "$__runbook_start" "$end" "$1"
      if [[ $HISTCMD == "$__runbook_entry" ]]; then
        HISTTIMEFORMAT='' \builtin history 1
      else
        \builtin fc -ln "$((__runbook_entry - 1))" "$((__runbook_entry - 1))"
      fi
      \builtin printf '\0end\n'
    } >"$__runbook_spool/$name" && __runbook_kept=$name
    if [[ -n $mask ]]; then \builtin umask "$mask"; fi
  }

  if [[ ${PROMPT_COMMAND[*]-}${precmd_functions[*]-} != *__runbook_prompt* ]]; then
    if [[ -n ${bash_preexec_imported-}${__bp_imported-} ]]; then
      # It takes a command after its own in PROMPT_COMMAND for one that was typed, and has a place for ours.
      precmd_functions=(__runbook_prompt "${precmd_functions[@]}")
    elif ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
      # An element of its own: yours see $? and PIPESTATUS as they did before.
      if [[ -n ${__runbook_session-} ]]; then
        # What yours print is no output of the command, so the mark comes first.
        PROMPT_COMMAND=('__runbook_prompt; eval "$__runbook_arm"' "${PROMPT_COMMAND[@]}")
      else
        PROMPT_COMMAND+=('__runbook_prompt; eval "$__runbook_arm"')
      fi
    else
      PROMPT_COMMAND="__runbook_prompt${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
    fi
  fi
fi
