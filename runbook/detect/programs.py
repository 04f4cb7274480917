"""Which programs and words look, check, copy or change: what :mod:`runbook.detect.classify` goes by."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


WITH_SUBCOMMANDS = _names(
    """
    ansible apt apt-get aws az brew bun bundle cargo composer consul dnf docker docker-compose gcloud git go gradle
    helm kubectl make mvn nomad npm oc pip pnpm podman poetry rails rake service systemctl terraform tofu uv yarn yum
    """
)
"""Programs whose first word says what they do."""

TWO_WORDS = _names("buildx compose config container image network rollout run system volume")
"""First words that only the next one completes: ``docker compose up``."""

INTERPRETERS = _names("bash deno node npx perl php python python3 ruby sh")
"""Programs that run what is named next."""

OPTION_VALUES = _names(
    """
    --context --env --env-file --file --kubeconfig --name --namespace --network --platform --profile --project-name
    --tag --volume -C -H -c -e -f -n -o -p -t -v
    """
)
"""Options that a value of their own follows."""

LOOKING = _names(
    """
    [ awk bg cat cd clear column command curl cut date df diff dig dmesg du echo env exit fd fg file find free grep
    head history host hostname htop id ifconfig iostat ip jobs journalctl jq kubectx less logout ls lsof man md5sum
    more nc netstat nmap nslookup openssl pgrep ping printenv printf ps pwd readlink realpath reset rg sar sha256sum
    sleep sort ss stat strace tail tcpdump test top tr traceroute tree true type uname uniq uptime vmstat w watch wc
    wget which who whoami yq zgrep
    """
)
"""Programs that change nothing."""

LOOKING_VERBS: dict[str, frozenset[str]] = {
    "docker": _names("diff events history images info inspect logs port ps search stats top version"),
    "compose": _names("config events images logs ls port ps top version"),
    "kubectl": _names("api-resources cluster-info config describe events explain get logs top version"),
    "git": _names("blame branch describe diff fetch log ls-files remote rev-parse show status"),
    "systemctl": _names("cat is-active is-enabled is-failed list-timers list-units show status"),
    "helm": _names("get history lint list search status template version"),
    "terraform": _names("fmt graph output plan show validate version"),
    "npm": _names("audit list ls outdated test view"),
    "apt": _names("list policy search show"),
}
"""Words of programs that change nothing."""

CHECKING = _names("curl dig grpcurl http httpie k6 nc pg_isready ping pytest smoke wget")
"""Programs that find out whether something works."""

CHECKING_VERBS: dict[str, frozenset[str]] = {
    "docker": _names("inspect logs ps stats top"),
    "compose": _names("logs ps top"),
    "kubectl": _names("describe get logs rollout top wait"),
    "systemctl": _names("is-active is-failed status"),
    "helm": _names("status test"),
    "npm": _names("test"),
    "journalctl": _names(""),
}
"""Words of programs that find out whether something works; none: whatever it is asked."""

EDITORS = _names("code ed emacs joe micro nano nvim pico sudoedit vi vim visudo")
"""Programs in which a file is edited."""

COPIERS = _names("7z cp dd gzip rclone rsync scp tar zip")
"""Programs that copy files."""

DUMPERS = _names(
    """
    borg duplicity etcdctl mariadb-dump mongodump mysqldump pg_basebackup pg_dump pg_dumpall restic velero
    """
)
"""Programs that copy what is in a database or on a disk."""
