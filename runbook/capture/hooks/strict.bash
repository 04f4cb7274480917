# The guard for your own bash: eval "$(runbook hook bash --strict)"
#
# A DEBUG trap looks at every command before it runs, also inside functions and subshells. That is pure shell; `runbook`
# is started only where a word stands in the command that can destroy something. What it refuses does not run: the whole
# line ends as Ctrl-C ends it. A DEBUG trap of yours runs after it, as often as it did before.

if [[ $- == *i* && -n ${EPOCHREALTIME-} && -z ${__runbook_recorded-} && -z ${__runbook_guard_trap-} ]]; then

  # Word -> words of which one must stand beside it; a blank: none is needed.
  declare -gA __runbook_words=(@WORDS@) __runbook_allowed=()
  \builtin unset '__runbook_words[eval]' '__runbook_words[source]' '__runbook_words[.]' # the trap sees what they run
  __runbook_alive=0 __runbook_verdict='' __runbook_known='' __runbook_line='' __runbook_int='' __runbook_trap=strict
  __runbook_traced=$-

  # Short, because bash reads it again for every command. $_ is what it was for the command, and for a trap of yours.
  __runbook_guard_own='__runbook_underscore=$_ __runbook_alive=1
[[ $__runbook_began == 0 || -n ${__runbook_allowed[$BASH_COMMAND]-} ]] || __runbook_check
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
    if [[ -z ${parts[0]-} || ${parts[0]} == *__runbook_check* ]]; then return; fi
    if [[ $__runbook_traced == *T* ]]; then
      __runbook_guard_trap+=$'\n'${parts[0]}
    else
      __runbook_guard_trap+=$'\nif [[ -z ${FUNCNAME-} && $BASHPID == $$ ]]; then\n'${parts[0]}$'\nfi'
    fi
  }

  # The line as a whole first, as the history has it: what stands in a pipeline means little by itself. Then each of its
  # commands that the line does not show, such as those of a function.
  __runbook_check() {
    if [[ $BASH_COMMAND == __runbook_over=1 || $__runbook_over != 0 ]]; then return; fi
    __runbook_verdict=''
    if [[ $__runbook_began == 1 ]]; then
      __runbook_began=2 __runbook_first=$BASH_COMMAND __runbook_known=''
      __runbook_read_line
      if [[ -n $__runbook_line ]]; then __runbook_look "$__runbook_line"; fi
      if [[ $__runbook_verdict == allowed ]]; then __runbook_known=${__runbook_line//[[:space:]]/}; fi
    fi
    if [[ -z $__runbook_verdict && $__runbook_known != *"${BASH_COMMAND//[[:space:]]/}"* ]]; then
      __runbook_look "$BASH_COMMAND"
    fi
    if [[ $__runbook_verdict == refused ]]; then
      __runbook_stop
    elif [[ $BASH_COMMAND != [/.$]* && ${#__runbook_allowed[@]} -lt 200 ]]; then
      __runbook_allowed[$BASH_COMMAND]=1 # a loop comes here once
    fi
  }

  # Through a file, because $(history) forks. What the history does not take is looked at command by command.
  __runbook_read_line() {
    \builtin local file=$__runbook_spool/.line-$$ line=''
    {
      HISTTIMEFORMAT='' \builtin history 1 >|"$file"
      IFS='' \builtin read -r -d '' line <"$file"
    } 2>/dev/null
    if [[ $line =~ ^[[:blank:]]*[0-9]+[*[:blank:]][[:blank:]](.*)$ ]]; then line=${BASH_REMATCH[1]%$'\n'}; else line=''; fi
    # Without an entry of its own the newest one is another line, or the same again.
    if [[ ${__runbook_entry-} == "${__runbook_seen-}" && $line != *"${BASH_COMMAND%%[[:blank:];|&]*}"* ]]; then line=''; fi
    __runbook_line=$line
  }

  # Sets __runbook_verdict for a text: refused, allowed by somebody, or nothing where there is nothing in it.
  __runbook_look() {
    { \builtin local - IFS=$' \t\n;|&()<>{}=,:`"\'$\\/'; \builtin set -f +euvxC; } 2>/dev/null
    \builtin local text first script name status more
    text=$1 first=${1%%[[:blank:]]*} script='' more=()
    if [[ $first == */* && -f $first && -r $first ]]; then
      IFS='' \builtin read -r -d '' -n 65536 script <"$first"
      if [[ $script != '#!'*sh* && $first != *.sh ]]; then script=''; fi
    elif [[ $first == '$'* ]]; then
      name=${first//[!A-Za-z0-9_]/}
      if [[ $name == [A-Za-z_]* && -n ${!name-} ]]; then more=(--alias "$first=${!name}") script=${!name}; fi
    fi
    status=nothing
    if __runbook_worth "$text"$'\n'"$script"; then
      \command runbook guard --ask "${more[@]}" -c "$text" </dev/tty >/dev/tty 2>&1
      status=$?
    fi
    case $status in
      0) __runbook_verdict=allowed ;;
      1 | 2 | 3 | 126 | 127)
        \builtin printf 'runbook: the guard does not work (status %s); this command runs\n' "$status" >/dev/tty
        __runbook_verdict=allowed
        ;;
      nothing) ;;
      *) __runbook_verdict=refused ;;
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
    if [[ $1 == *mkfs* || $1 == *"\$'"* ]]; then return 0; fi
    [[ $1 == *'>'* && ($1 == *'>'*.@(db|sqlite|sqlite3|rdb|aof)* || $1 == *'>'*/dev/@([hsv]d|xvd|nvme|mmc|mapper)* || $1 == *'>'*@(/var/log/|/var/lib/docker/|-json.log)*) ]]
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
    # What your own elements run is none of the line's commands.
    PROMPT_COMMAND=(__runbook_over=1 "${PROMPT_COMMAND[@]}" '__runbook_guard_prompt; eval "$__runbook_arm_guard"')
  else
    PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND;}"'__runbook_guard_prompt; eval "$__runbook_arm_guard"'
  fi
fi
