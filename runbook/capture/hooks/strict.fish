# The guard for your own fish: runbook hook fish --strict | source
#
# Enter looks at the line first. `runbook` is started only where a word stands in the line, or in a function that it
# calls, that can destroy something. What it refuses is not run and stays on the line to be edited; neither the history nor
# $status changes. A binding of yours for Enter is called as before.

if status is-interactive; and not set -q __runbook_recorded; and not functions -q __runbook_enter
    set -g __runbook_always @ALWAYS@
    set -g __runbook_beside @BESIDE@
    set -g __runbook_shells '(?<![\w.+-])(?:rba|ba|da|z|k|mk|a|fi)?sh(?![\w.+-])'
    set -g __runbook_own_enter

    function __runbook_enter
        set -l line (commandline --current-buffer | string collect)
        if commandline --paging-mode; or commandline --search-mode
            __runbook_accept
            return
        end
        commandline --is-valid
        if test $status -eq 2 # an open quote or block: Enter only begins another line
            __runbook_accept
            return
        end
        set -l more
        set -l all $line
        set -l first (string match -r '^\s*(?:sudo\s+|command\s+|env\s+)*(\S+)' -- $line)[2]
        if test -n "$first"; and abbr --query -- $first
            set -l text (abbr --show | string match -r "(?:^abbr -a -- $first |^abbr -a .* -- $first )(.*)\$")[-1]
            set -a more --alias "$first="(string unescape -- $text)
            set all "$all $text"
        else if test -n "$first"; and functions --query -- $first; and not string match -q '/usr/*' (functions --details -- $first)
            set -l body (functions -- $first | string match -rv '^\s*(#|function |end$)' | string replace -a '$argv' '"$@"' | string collect)
            set -a more --function "$first=$body"
            set all "$all $body"
        else if string match -q '*/*' -- "$first"; and test -f "$first" -a -r "$first"
            read -z -n 65536 -l script <$first
            string match -qr '^#!.*sh|^[^\0]*$' -- "$script"; and set all "$all $script"
        end
        if not __runbook_worth "$all"
            __runbook_accept
            return
        end
        if not command --query runbook
            echo
            echo 'runbook: the guard does not work; this command runs'
        else if not command runbook guard --quiet $more -c "$line" </dev/null &>/dev/null
            echo
            command runbook guard --ask $more -c "$line" </dev/tty >/dev/tty 2>&1
            switch $status
                case 0
                case 125 130
                    commandline -f repaint
                    return
                case '*'
                    echo 'runbook: the guard does not work; this command runs' >/dev/tty
            end
        end
        __runbook_accept
    end

    function __runbook_accept
        switch "$__runbook_own_enter"
            case '' execute
                commandline -f execute
            case '*'
                eval $__runbook_own_enter
        end
    end

    # Whether a text has a word that can destroy, seen through quotes and backslashes.
    function __runbook_worth
        set -l plain (string replace -ar '[\'"\\\\]' '' -- $argv[1] | string collect)
        for text in $argv[1] $plain
            string match -qr -- $__runbook_always $text; and return 0
            if string match -qr -- $__runbook_shells $text
                # of `sh -c TEXT` the words of the text speak for themselves
                string match -qr -- ' -[a-z]*c ' $text; and not string match -qr -- '[|<(]' $text; or return 0
            end
            for pair in $__runbook_beside
                set -l pair (string split \t -- $pair)
                string match -qr -- $pair[1] $text; and string match -qr -- $pair[2] $text; and return 0
            end
        end
        string match -qr -- 'mkfs|\$\'|>[^>]*\.(db|sqlite3?|rdb|aof)\b|>\s*/dev/([hsv]d|xvd|nvme|mmc|mapper)|>[^>]*(/var/log/|/var/lib/docker/|-json\.log)' $argv[1]
    end

    # When fish loads its bindings, and whenever they change, Enter has to be ours again.
    function __runbook_bind --on-event fish_prompt
        for mode in default insert
            for key in \r \n
                set -l bound (bind -M $mode $key 2>/dev/null)
                if not string match -q '*__runbook_enter*' -- $bound
                    set -l own (string match -r "bind (?:--user )?(?:-M \S+ )?(?:-m \S+ )?(?:\S+) (.+)\$" -- $bound[-1])[2]
                    if test -n "$own"; and not string match -q '*--preset*' -- $bound[-1]
                        set -g __runbook_own_enter (string unescape -- $own)
                    end
                    bind -M $mode $key __runbook_enter
                end
            end
        end
    end
end
