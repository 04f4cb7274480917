# The guard for your own bash: eval "$(runbook hook bash --strict)"
#
# A DEBUG trap looks at every command before it runs, also inside functions and subshells. That is pure shell; `runbook`
# is started only where a word stands in the command that can destroy something. What it refuses does not run: the whole
# line ends as Ctrl-C ends it. A DEBUG trap of yours runs after it, as often as it did before.

if [[ $- == *i* && -n ${EPOCHREALTIME-} && -z ${__runbook_recorded-} && -z ${__runbook_guard_trap-} ]]; then

  # Word -> words of which one must stand beside it; a blank: none is needed.
  declare -gA __runbook_words=(@WORDS@) __runbook_allowed=()
  __runbook_alive=0 __runbook_verdict='' __runbook_int='' __runbook_traced=$- __runbook_trap=strict

  # $_ is what it was for the command, and for a trap of yours.
  __runbook_guard_own='__runbook_underscore=$_ __runbook_alive=1
if [[ $__runbook_began != 0 ]]; then
  if [[ $__runbook_began == 1 ]]; then __runbook_began=2 __runbook_first=$BASH_COMMAND; fi
  if [[ -z ${__runbook_allowed[$BASH_COMMAND]-} ]]; then
    __runbook_look
    if [[ $__runbook_verdict == refused ]]; then __runbook_stop; fi
  fi
fi
: "$__runbook_underscore"'
  __runbook_guard_trap=$__runbook_guard_own

  # Evaluated outside of functions, which cannot see the shell's DEBUG trap. Whoever sets another one takes ours away;
  # it comes back in front of that.
  __runbook_arm_guard='if [[ $__runbook_alive != 1 ]]; then
  __runbook_theirs=$(\builtin trap -p DEBUG)
  __runbook_chain
  \builtin set -T
  \builtin trap -- "$__runbook_guard_trap" DEBUG
fi
__runbook_alive=0'

  __runbook_chain() {
    \builtin local -a parts
    parts=()
    if [[ $__runbook_theirs == 'trap -- '* ]]; then \builtin eval "parts=(${__runbook_theirs#trap -- })"; fi
    __runbook_guard_trap=$__runbook_guard_own
    if [[ -z ${parts[0]-} || ${parts[0]} == *__runbook_look* ]]; then return; fi
    if [[ $__runbook_traced == *T* ]]; then
      __runbook_guard_trap+=$'\n'${parts[0]}
    else
      __runbook_guard_trap+=$'\nif [[ -z ${FUNCNAME-} && $BASHPID == $$ ]]; then\n'${parts[0]}$'\nfi'
    fi
  }

  # Sets __runbook_verdict for BASH_COMMAND.
  __runbook_look() {
    __runbook_verdict=''
    { \builtin local - IFS=$' \t\n;|&()<>{}=,:`"\'$\\/'; \builtin set -f +euvxC; } 2>/dev/null
    \builtin local text first script name status more
    text=$BASH_COMMAND first=${BASH_COMMAND%%[[:blank:]]*} script='' more=()
    if [[ $first == */* && -f $first && -r $first ]]; then
      IFS='' \builtin read -r -d '' -n 65536 script <"$first"
      if [[ $script != '#!'*sh* && $first != *.sh ]]; then script=''; fi
    elif [[ $first == '$'* ]]; then
      name=${first//[!A-Za-z0-9_]/}
      if [[ $name == [A-Za-z_]* && -n ${!name-} ]]; then more=(--alias "$first=${!name}") script=${!name}; fi
    fi
    __runbook_worth "$text"$'\n'"$script" || return 0
    \command runbook guard --ask "${more[@]}" -c "$text" </dev/tty >/dev/tty 2>&1
    status=$?
    case $status in
      125 | 130) __runbook_verdict=refused ;;
      0) __runbook_allowed[$text]=1 ;;
      *)
        __runbook_allowed[$text]=1
        \builtin printf 'runbook: the guard does not work (status %s); this command runs\n' "$status" >/dev/tty
        ;;
    esac
  }

  # Whether a text has a word that can destroy, seen through quotes and backslashes.
  __runbook_worth() {
    \builtin local word entry beside plain
    beside='' plain=''
    if [[ $1 == *[\'\"\\]* ]]; then plain=${1//[\'\"\\]/}; fi
    for word in $1 $plain; do
      if [[ -z $word ]]; then continue; fi
      entry=${__runbook_words[$word]-}
      if [[ $entry == ' ' && ! ($word == ?(rba|ba|da|z|k|mk|a|fi)sh && $1 == *' -'*([a-z])c' '* && $1 != *[\|\<\`]* &&
        $1 != *'$('*) ]]; then
        return 0 # of `sh -c TEXT` the words of the text speak for themselves
      fi
      beside+=$entry
    done
    if [[ -n $beside ]]; then
      for word in $1 $plain; do
        if [[ -n $word && $beside == *" $word "* ]]; then return 0; fi
      done
    fi
    [[ $1 == *@(mkfs|\$\'|\>*.@(db|sqlite|sqlite3|rdb|aof)|\>*/dev/@([hsv]d|xvd|nvme|mmc|mapper))* ]]
  }

  __runbook_stop() {
    __runbook_verdict=''
    if [[ $BASH_COMMAND == "$__runbook_first" ]]; then __runbook_dropped=1; fi # nothing of the line ran
    __runbook_int=$(\builtin trap -p INT)
    if [[ -n $__runbook_int ]]; then \builtin trap - INT; fi # yours is back at the prompt
    \builtin kill -INT "$BASHPID"
    if [[ $BASHPID != "$$" ]]; then \builtin kill -INT "$$"; fi
  }

  __runbook_guard_prompt() {
    \builtin local status=$?
    __runbook_dropped=''
    if [[ -n $__runbook_int ]]; then
      \builtin eval "$__runbook_int"
      __runbook_int=''
    fi
    if ((${#__runbook_allowed[@]})); then __runbook_allowed=(); fi
    \builtin return "$status"
  }

  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
    PROMPT_COMMAND+=('__runbook_guard_prompt; eval "$__runbook_arm_guard"')
  else
    PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND;}"'__runbook_guard_prompt; eval "$__runbook_arm_guard"'
  fi
fi
