# The guard for your own zsh: eval "$(runbook hook zsh --strict)"
#
# The widgets that accept a line look at it first. That is pure shell; `runbook` is started only where a word stands in
# the line, or in an alias or a function that it calls, that can destroy something. What it refuses is not run and stays on
# the line to be edited; neither the history nor $? changes. Widgets of yours by these names are called as before.

if [[ -o interactive && -o zle && -z ${__runbook_recorded-} ]] && (( ! $+functions[__runbook_guarded] )); then

  # Word -> words of which one must stand beside it; a blank: none is needed.
  typeset -gA __runbook_words=(@WORDS@)

  __runbook_guarded() {
    local __runbook_line=$PREBUFFER$BUFFER
    local -a __runbook_more=()
    local __runbook_all=$__runbook_line
    __runbook_called
    if __runbook_worth "$__runbook_all" && ! command runbook guard --quiet $__runbook_more -c "$__runbook_line" \
      </dev/null >/dev/null 2>&1; then
      zle -I
      command runbook guard --ask $__runbook_more -c "$__runbook_line" </dev/tty >/dev/tty 2>&1
      case $? in
        0) ;;
        125 | 130)
          zle reset-prompt
          return 0
          ;;
        *) print -r -- 'runbook: the guard does not work; this command runs' >/dev/tty ;;
      esac
    fi
    zle __runbook_own_$WIDGET -- "$@"
  }

  # The aliases and functions that the line calls, with what they stand for.
  __runbook_called() {
    emulate -L zsh
    local word
    local -i first=1
    for word in ${(z)__runbook_line}; do
      if [[ $word == (\;|\||\|\||\&|\&\&|\;\;|\(|\{|then|do|else|sudo|env|time|exec|nohup) ]]; then
        first=1
        continue
      fi
      if (( first )) && [[ -n ${aliases[$word]-} ]]; then
        __runbook_more+=(--alias "$word=$aliases[$word]")
        __runbook_all+=$'\n'$aliases[$word]
      elif (( first )) && [[ -n ${functions[$word]-} ]]; then
        __runbook_more+=(--function "$word=$functions[$word]")
        __runbook_all+=$'\n'$functions[$word]
      elif (( first )) && [[ $word == \$[A-Za-z_][A-Za-z0-9_]# || $word == \$[A-Za-z_]* ]]; then
        local name=${word//[^A-Za-z0-9_]/}
        if [[ -n ${(P)name-} ]]; then
          __runbook_more+=(--alias "$word=${(P)name}")
          __runbook_all+=$'\n'${(P)name}
        fi
      elif (( first )) && [[ $word == */* && -f ${(Q)word} && -r ${(Q)word} ]]; then
        local script=''
        IFS= read -r -u 0 -k 65536 script <${(Q)word} 2>/dev/null
        if [[ $script == '#!'*sh* || $word == *.sh ]]; then __runbook_all+=$'\n'$script; fi
      fi
      if [[ $word != *=* ]]; then first=0; fi
    done
  }

  # Whether a text has a word that can destroy, seen through quotes and backslashes.
  __runbook_worth() {
    emulate -L zsh
    setopt extended_glob
    local word entry beside=''
    local -a words=(${=1//[^A-Za-z0-9_.+-]/ })
    local quotes=$'[\'"\\\\]'
    if [[ $1 == *${~quotes}* ]]; then words+=(${=${1//${~quotes}/}//[^A-Za-z0-9_.+-]/ }); fi
    for word in $words; do
      entry=${__runbook_words[$word]-}
      if [[ $entry == ' ' && ! ($word == (rba|ba|da|z|k|mk|a|fi|)sh && $1 == *' -'[a-z]#'c '* && $1 != *[\|\<\`]* &&
            $1 != *'$('*) ]]; then
        return 0 # of `sh -c TEXT` the words of the text speak for themselves
      fi
      beside+=$entry
    done
    if [[ -n $beside ]]; then
      for word in $words; do
        if [[ $beside == *" $word "* ]]; then return 0; fi
      done
    fi
    [[ $1 == *(mkfs|\$\'|\>*.(db|sqlite|sqlite3|rdb|aof)|\>*/dev/([hsv]d|xvd|nvme|mmc|mapper)|\>*(/var/log/|/var/lib/docker/|-json.log))* ]]
  }

  # Plugins that come later may wrap these widgets again; ours is then called by theirs.
  () {
    local widget
    for widget in accept-line accept-and-hold accept-line-and-down-history accept-and-infer-next-history; do
      zle -A $widget __runbook_own_$widget
      zle -N $widget __runbook_guarded
    done
  }
fi
