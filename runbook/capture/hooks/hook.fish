# The recorder for your own fish: runbook hook fish | source
#
# While an incident is open, every command leaves one small file, which the next `runbook` process puts on record. No
# process is started: when a command ended is the file's own time, and fish knows how long it took. A command that
# begins with a blank, or that is typed in private mode, is not recorded.

if status is-interactive; and not set -q __runbook_recorded
    if string match -q '/*' -- "$XDG_STATE_HOME"
        set -g __runbook_pointer $XDG_STATE_HOME/runbook/current
    else
        set -g __runbook_pointer $HOME/.local/state/runbook/current
    end
    if string match -q '/*' -- "$XDG_RUNTIME_DIR"
        set -g __runbook_spool $XDG_RUNTIME_DIR/runbook/hook
    else
        set -g __runbook_spool (string replace -r '/current$' /runtime/hook -- $__runbook_pointer)
    end
    set -q __runbook_session; and set -g __runbook_spool $__runbook_session # `runbook shell`
    set -g __runbook_count 0
    set -g __runbook_cwd
    set -g __runbook_kept

    function __runbook_preexec --on-event fish_preexec
        set -g __runbook_cwd
        if not set -q __runbook_session
            test -e $__runbook_pointer; or test -n "$RUNBOOK_INCIDENT"; or return
        end
        set -g __runbook_cwd $PWD
        set -q __runbook_session; and printf '\e]133;C;aid=%s\a' $__runbook_nonce
    end

    function __runbook_postexec --on-event fish_postexec
        set -l ended $status
        set -l took $CMD_DURATION
        set -g __runbook_kept
        if test -n "$__runbook_cwd"
            __runbook_keep $ended $took "$argv[1]"
            set -q __runbook_session
            and printf '\e]133;D;%s;aid=%s;%s\a' $ended $__runbook_nonce "$__runbook_kept"
        end
    end

    function __runbook_keep --argument-names ended took command
        string match -qr '^\s' -- "$command"; and return
        test -n "$fish_private_mode"; and return
        if not test -O $__runbook_spool
            command sh -c 'umask 077; mkdir -p "$1"' sh $__runbook_spool 2>/dev/null # once after each login at most
            test -O $__runbook_spool; or return
        end
        set -l pointer
        test -e $__runbook_pointer; and read pointer <$__runbook_pointer
        set -g __runbook_count (math $__runbook_count + 1)
        set -l name $fish_pid-$__runbook_count.fish
        set -l before $umask
        set -g umask 0077
        printf '%s\0' 1 "$pointer" "$RUNBOOK_INCIDENT" "$__runbook_cwd" $took 0 $ended "$command" end\n \
            >$__runbook_spool/$name 2>/dev/null
        and set -g __runbook_kept $name
        set -g umask $before
    end
end
