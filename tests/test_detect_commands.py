"""Command lines read as commands: what runs where, and what of it destroys something."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook.detect.commands import MAX_COMMANDS, simple_commands, simple_commands_without_grammar
from runbook.detect.destructive import destruction


def told(line: str) -> list[str]:
    """``host:folder$ command`` for everything a line runs."""
    return [f"{c.host}:{c.folder}$ {' '.join((c.program, *c.args))}" for c in simple_commands(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('echo "docker compose down"', [":$ echo docker compose down"]),
        ("echo 'a; rm -rf /' # rm -rf /", [":$ echo a; rm -rf /"]),
        ("a && b || c; d | e & f\ng", [":$ a", ":$ b", ":$ c", ":$ d", ":$ e", ":$ f", ":$ g"]),
        ("FOO=1 sudo -u pg env BAR=2 nohup time -p /usr/bin/psql -c 'x y'", [":$ psql -c x y"]),
        ("ls | xargs -0 -n 1 rm -f", [":$ ls", ":$ rm -f"]),
        ("timeout -s KILL 5m docker ps", [":$ docker ps"]),
        (
            "ssh -p 22 -i key deploy@web1 'cd /srv/app && docker compose down'",
            ["web1:/srv/app$ cd /srv/app", "web1:/srv/app$ docker compose down"],
        ),
        ("ssh web1 uptime", ["web1:$ uptime"]),
        ("ssh web1", [":$ ssh web1"]),
        ("bash -lc \"sh -c 'rm -rf x'\"", [":$ rm -rf x"]),
        ("su - postgres -c 'dropdb app'", [":$ dropdb app"]),
        ('eval "docker compose down"', [":$ docker compose down"]),
        ("docker exec -it -u root web sh -c 'rm -rf /data'", ["container web:$ rm -rf /data"]),
        ("docker compose -f a.yml exec -T db psql -c 'DROP TABLE x'", ["container db:$ psql -c DROP TABLE x"]),
        ("kubectl -n shop exec pod-1 -c app -- rm -rf /cache", ["container pod-1:$ rm -rf /cache"]),
        ("docker rm -f $(docker ps -aq)", [":$ docker ps -aq", ":$ docker rm -f $(docker ps -aq)"]),
        ("docker rm -f `docker ps -aq`", [":$ docker ps -aq", ":$ docker rm -f `docker ps -aq`"]),
        ('echo "now: $(date)" $((1+2))', [":$ date", ":$ echo now: $(date) $((1+2))"]),
        ("(cd sub && make) && make test", [":sub$ cd sub", ":sub$ make", ":$ make test"]),
        ("cd a; cd b/ && ls", [":a$ cd a", ":a/b/$ cd b/", ":a/b/$ ls"]),
        ("cd a && cd /srv && ls", [":a$ cd a", ":/srv$ cd /srv", ":/srv$ ls"]),
        ("if ! grep -q x f; then rm -rf d; fi", [":$ grep -q x f", ":$ rm -rf d"]),
        ("for i in a b; do docker stop $i; done", [":$ docker stop $i"]),
        ("cat <<'EOF' > f\nrm -rf /\nEOF\nls", [":$ cat", ":$ ls"]),
        ("make \\\n  all", [":$ make all"]),
        ("a 2>&1 >/dev/null <in", [":$ a"]),
        ("unfinished 'quote; rm -rf /", [":$ unfinished quote; rm -rf /"]),
        ("# only a comment", []),
        ("&& ;; || (", []),
        ("", []),
    ],
)
def test_what_a_line_runs(line: str, expected: list[str]) -> None:
    """Quotes, comments and here-documents run nothing; wrappers, shells, ssh and containers are looked through."""
    assert told(line) == expected


STRUCTURED = [
    ("ssh web1 <<'EOF'\nsudo docker compose down\nEOF\nls", ["web1:$ docker compose down", ":$ ls"]),
    ("cat <<EOF | sudo bash\nrm -rf /srv/x\nEOF", [":$ cat", ":$ rm -rf /srv/x"]),
    ("echo 'rm -rf /srv' | sh", [":$ echo rm -rf /srv", ":$ rm -rf /srv"]),
    ("find . -exec rm -rf {} \\; -o -exec sh -c 'chmod 777 $1' _ {} +", None),
    ("watch -n 1 'docker ps; ls'", [":$ docker ps", ":$ ls"]),
    ("parallel -j2 'rm -rf {}' ::: a b", [":$ rm -rf {}"]),
    ("docker run --rm -v /srv:/srv alpine rm -rf /srv/x", None),
    ("docker run --rm alpine rm -rf /x", [":$ docker run --rm alpine rm -rf /x"]),
    ("env -i A=1 bash -c 'a; b'", [":$ a", ":$ b"]),
    ('bash -c "$(curl -fsSL x)"', [":$ curl -fsSL x", ":$ bash -c $(curl -fsSL x)"]),
    ("ansible web -m shell -a 'rm -rf /srv'", ["web:$ rm -rf /srv"]),
    ("while read x; do rm -rf $x; done < l", [":$ read x", ":$ rm -rf $x"]),
    ("{ a; b; } | c", [":$ a", ":$ b", ":$ c"]),
    ("\\rm -rf x; 'rm' -rf y; \"/bin/rm\" -rf z", [":$ rm -rf x", ":$ rm -rf y", ":$ rm -rf z"]),
    ("x=$(rm -rf y)", [":$ rm -rf y"]),
    ("ssh -t user@h -- sudo -u x rm -rf /y", ["h:$ rm -rf /y"]),
    ("cat x.sh | ssh h bash", [":$ cat x.sh", "h:$ bash"]),
    ("kubectl exec -i p -- psql <<EOF\nDROP TABLE a;\nEOF", ["container p:$ psql"]),
    ("trap 'rm -rf x' EXIT", [":$ rm -rf x"]),
    ("if a; then b; else c; fi", [":$ a", ":$ b", ":$ c"]),
    ("a >x 2>&1 <<EOF && b | c\nbody\nEOF\nd", [":$ a", ":$ b", ":$ c", ":$ d"]),
    ("git commit -m 'rm -rf\n docker compose down'", [":$ git commit -m rm -rf\n docker compose down"]),
    ("export A=1 B:0.", [":$ export A=1 B:0."]),
]


@pytest.mark.parametrize(("line", "expected"), STRUCTURED)
def test_structure_is_read_and_the_splitter_agrees_where_it_can(line: str, expected: list[str] | None) -> None:
    by_splitter = [
        f"{c.host}:{c.folder}$ {' '.join((c.program, *c.args))}" for c in simple_commands_without_grammar(line)
    ]
    assert told(line) == by_splitter
    assert expected is None or told(line) == expected


def test_only_the_grammar_knows_functions_and_cases() -> None:
    assert told("f() { rm -rf x; }; f") == [":$ rm -rf x", ":$ f"]
    assert told("case $x in a|b) rm -rf d;; *) c;; esac") == [":$ rm -rf d", ":$ c"]


def test_a_line_that_is_no_shell_does_not_hide_the_next_ones() -> None:
    assert told("it's broken\ndocker compose down\nls")[-2:] == [":$ docker compose down", ":$ ls"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab '\"\\`$(){}[]<>&|;#\n\t=-0!~/*é", max_size=120))
def test_a_command_stands_where_it_says(line: str) -> None:
    for command in simple_commands(line):
        assert 0 <= command.start < command.end <= len(line)


def test_redirections_assignments_and_operators_are_kept_beside_the_words() -> None:
    first, second = simple_commands("A=1 sudo tee x > out.txt 2>>err.log && b")
    assert (first.program, first.args, first.env, first.writes, first.sudo) == (
        *("tee", ("x",), ("A=1",)),
        ("out.txt", "err.log"),
        True,
    )
    assert (second.before, second.sudo) == ("&&", False)


DESTRUCTIVE = [
    *("docker compose down", "sudo docker-compose -f pwd.yml down -v", "docker compose --project-name x rm -sf"),
    *(
        "docker compose up -d --remove-orphans",
        "docker system prune -af --volumes",
        "docker volume prune",
        "docker image prune",
    ),
    *("docker volume rm data", "docker rmi $(docker images -q)", "docker rm -f web", "docker container rm -fv web"),
    *("podman rmi x", "docker -H ssh://prod volume rm data", "docker stack rm shop", "docker image rm x:1"),
    *(
        "rm -rf /srv/app",
        "rm -r data",
        "sudo rm -Rf -- -x",
        "rm plexus.db",
        "rm -f /srv/docker-compose.yml",
        "rm -rf tmp/../data",
    ),
    *("find /srv -name '*.db' -delete", "find . -mtime +3 -exec rm -f {} +", "ls | xargs rm -rf"),
    *(
        "git push -f origin main",
        "git push --force",
        "git push origin +main",
        "git push origin :old",
        "git -C x reset --hard HEAD~1",
    ),
    *(
        "git clean -fdx",
        "git checkout -- .",
        "git checkout -f main",
        "git restore .",
        "git stash drop",
        "git branch -D x",
    ),
    *(
        "kubectl delete pvc --all",
        "kubectl -n a delete ns shop",
        "kubectl scale deploy x --replicas=0",
        "helm uninstall shop",
    ),
    *(
        "terraform destroy",
        "terraform apply -destroy -auto-approve",
        "tofu state rm x",
        "pulumi destroy",
        "vagrant destroy -f",
    ),
    *(
        "psql -c 'DROP TABLE users'",
        "mysql -e 'TRUNCATE logs;'",
        "psql -h db -c 'delete from users'",
        "DROP DATABASE app;",
    ),
    *("sqlite3 a.db 'DELETE FROM t; VACUUM'", "redis-cli -h r FLUSHALL", "dropdb app", "mysqladmin drop app"),
    *(
        "mongosh --eval 'db.dropDatabase()'",
        "python manage.py flush",
        "bundle exec rails db:drop",
        "npx prisma migrate reset",
    ),
    *(
        "aws s3 rm s3://b --recursive",
        "aws rds delete-db-instance --db-instance-identifier x",
        "gcloud compute instances delete x",
    ),
    *(
        "mkfs.ext4 /dev/sdb1",
        "dd if=/dev/zero of=/dev/sda",
        "wipefs -a /dev/sdb",
        "rsync -a --delete a/ b/",
        "crontab -r",
    ),
    *(
        "iptables -F",
        "zfs destroy tank/x",
        "truncate -s 0 app.db",
        "shred -u key",
        "ssh web1 'sudo docker compose down'",
    ),
    *("sed -i s/a/b/ docker-compose.yml", "docker compose exec db psql -c 'drop table x'", "bash -c 'rm -rf ./data'"),
]

HARMLESS = [
    *(
        "docker compose up -d",
        "docker compose stop web",
        "docker compose restart",
        "docker compose logs down",
        "docker ps",
    ),
    *(
        "docker rm old",
        "docker system df",
        "docker volume ls",
        "docker builder prune",
        "docker compose --help down --help",
    ),
    *(
        "rm -rf node_modules",
        "rm -rf ./dist build/ target",
        "rm -rf /tmp/x /var/lib/apt/lists/*",
        "rm -rf ~/.cache/pip",
        "rm note.txt",
    ),
    *("find . -name '*.pyc' -delete", "find /srv -name '*.db'", "find /tmp -delete"),
    *(
        "git push origin main",
        "git push --force-with-lease",
        "git reset HEAD~1",
        "git clean -n",
        "git checkout main",
        "git restore --staged x",
    ),
    *(
        "git branch -d x",
        "git stash",
        "kubectl get pods",
        "kubectl delete pod x --dry-run=client",
        "kubectl rollout restart deploy x",
    ),
    *(
        "terraform plan -destroy",
        "helm list",
        "psql -c 'SELECT 1'",
        "psql -c 'delete from users where id = 1'",
        "echo DROP TABLE x",
    ),
    *(
        "redis-cli GET x",
        "aws s3 ls",
        "aws ec2 describe-instances",
        "rsync -an --delete a/ b/",
        "crontab -l",
        "iptables -L",
    ),
    *(
        "sed s/a/b/ docker-compose.yml",
        "sed -i s/a/b/ docker-compose.pr.yml",
        "grep 'rm -rf' x",
        "man rm",
        "dd if=/dev/sda of=image",
    ),
    *(
        "alias down='docker compose down'",
        "git commit -m 'docker compose down'",
        "cat docker-compose.yml",
        "truncate -s 0 /tmp/x",
    ),
]


@pytest.mark.parametrize("line", DESTRUCTIVE)
def test_a_destructive_command_is_known_with_what_it_takes_and_what_is_safer(line: str) -> None:
    found = [taken for command in simple_commands(line) if (taken := destruction(command))]
    assert len(found) == 1
    assert found[0].what
    assert found[0].safer


@pytest.mark.parametrize("line", HARMLESS)
def test_a_harmless_command_is_left_alone(line: str) -> None:
    assert not [taken for command in simple_commands(line) if (taken := destruction(command))]


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab '\"\\`$(){}[]<>&|;#\n\t=-0!~/*", max_size=200))
def test_no_line_makes_the_reader_fail(line: str) -> None:
    for command in simple_commands(line):
        assert command.program
        destruction(command)


@pytest.mark.parametrize(
    "unit",
    [
        "$(",
        "`",
        "'",
        '"',
        "(",
        "sudo ",
        "! ",
        "A=1 ",
        "bash -c '",
        "<<x ",
        "<",
        "a;",
        "$(a ",
        "\\",
        "ssh h ",
        "a|",
        "{ ",
    ],
)
def test_hostile_repetition_is_read_in_no_time(unit: str) -> None:
    """Sixty-four kilobytes of one piece of syntax: bounded depth, bounded number, linear time."""
    begin = time.process_time()
    found = simple_commands(unit * (70_000 // len(unit)))
    assert time.process_time() - begin < 5
    assert len(found) <= MAX_COMMANDS
