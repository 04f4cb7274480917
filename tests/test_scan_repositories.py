"""What well-known public repositories hold and alarms nobody there; and, beside it, what comes close and must."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

ALARMING = {"critical", "high", "medium"}

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n"

HEALTHY = {
    ".github/workflows/lint/rules.yml": "dirs: [.]\ndefault: false\n",  # settings of an action: GitHub reads no folders
    ".github/workflows/ci.yml": """\
on: [push]
jobs:
  plan:
    runs-on: ubuntu-24.04
    outputs: {strategy: "${{ steps.a.outputs.strategy }}"}
    steps: [{id: a, run: ./plan.sh}]
  test:
    needs: plan
    strategy: ${{ fromJson(needs.plan.outputs.strategy) }}
    runs-on: ubuntu-24.04
    services:
      postgres:
        image: postgres:16.4
        env:
          POSTGRES_PASSWORD: tomato42
          POSTGRES_HOST_AUTH_METHOD: trust
    env:
      DATABASE_URL: postgres://app:tomato42@localhost:5432/app
    steps: [{run: make test}]
  build:
    strategy:
      max-parallel: 5
    runs-on: ubuntu-24.04
    steps:
      - run: echo ok
      - uses: example/action@v2
        with:
          account-id: # left empty for a look only
""",
    "image/Dockerfile.j2": "FROM debian:12.8-slim\nCOPY --from={{ base }} /a /b\n%%EXTRAS%%\n",
    "image/Dockerfile": "{% if cookiecutter.celery == 'y' -%}\nFROM python:3.12-slim\n{%- endif %}\nUSER 1000\n",
    "cookie/docker-compose.yml": "services:\n  web:\n    image: {{ cookiecutter.slug }}\n    ports: ['{{ x }}:80']\n",
    "dev/Dockerfile": """\
FROM debian:12.8-slim
WORKDIR /app
RUN echo "dev ALL=(ALL) NOPASSWD:ALL" >> /etc/sudoers && useradd dev
COPY package.json package-lock.json .
RUN if apt-get install -s postgresql-jit > /dev/null 2>&1; then echo there; fi
USER dev
CMD ["true"]
""",
    "docker-entrypoint.sh": """\
#!/usr/bin/env bash
set -eu
if [ -z "${POSTGRES_PASSWORD:-}" ]; then
\tcat >&2 <<-'EOE'
\t\tError: the password is not set. For example, "-e POSTGRES_PASSWORD=tomato42"
\t\tYou may also use "POSTGRES_HOST_AUTH_METHOD=trust", which nobody should.
\tEOE
\techo >&2 '  Did you forget to add -e MYSQL_ROOT_PASSWORD=... ?'
\texit 1
fi
found=$(find . -maxdepth 1 -name 'mysql' -printf '%f\\n')
echo "$found"
""",
    "bin/start": "#!/bin/bash\n{%- if cookiecutter.async == 'y' %}\nexec a\n{%- else %}\nexec b\n{%- endif %}\n",
    "theme.plugin.zsh": "if [ $installed != $current ]; then\n  print old\nfi\n",
    "_complete.sh": '#compdef wd\nwarp=( "${(f)mapfile[$WD]//$HOME/~}" )\n',
    "sync.sh": """\
#!/bin/bash
f() {
  local hint="To check it out locally and push back:\\\\ngit remote add x"
  echo "$hint"
}
f
""",
    "src/appsettings.Development.json": '{\n  // or "Kubernetes"\n  "Type": "Docker",\n}\n',
    "compose.yml": """\
services:
  db:
    image: postgres:16.4
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/db
    volumes: ["db:/var/lib/postgresql/data"]
  api:
    image: api:3.1
    environment:
      DATABASE_URL: postgresql://app:${DB_PASSWORD:?say what it is}@db:5432/app
    env_file: [stack.env]
    volumes:
      - ./relay:/work/.relay:z
      - ./web:/srv/web:z
      - ./conf:/etc/app:z
      - /lib/modules:/lib/modules:ro
volumes:
  db:
""",
    "extensions/beat/beat-compose.yml": """\
services:
  beat:
    image: beat:8.1
    networks: [elk]
    depends_on: [elasticsearch]
""",
    "compose.override.yml": "services:\n  api:\n    environment: !reset null\n    ports: !override ['81']\n",
    "rtc/env.example": "A=1\n",
    "rtc/stack/stack.yml": "services:\n  a:\n    image: a:1\n    env_file: [./rtc/.env]\n",
    "metadata.yaml": "a: &a [" + "x, " * 400 + "]\nb: &b [" + "*a, " * 300 + "]\n",
    "relay/config": "a\n",
    ".env": "DB_PASSWORD=\n",
    "tests/tls/compose.yml": "services:\n  a:\n    image: a:1\n    volumes: ['./tests/tls/nginx.conf:/n.conf']\n",
    "tests/tls/nginx.conf": "events {}\n",
    "base/kustomization.yaml": "resources: [web.yaml]\npatches:\n  - path: more.yaml\n    target: {kind: Deployment}\n",
    "base/more.yaml": DEPLOYMENT + "  replicas: 3\n",
    "overlays/prod/patches/web.yaml": DEPLOYMENT + "  replicas: 3\n",
    "kafka/.env.patch": "--- .env\n+++ .env\n@@ -1 +1 @@\n-A=1\n+# SASL_PASSWORD=tomato42\n",
    "README.md": "```sh\ncd /srv/app\ncurl https://<your-ip>:<your-port> -k\nlocal x=1\nexec zsh\nls\n```\n",
}
"""Path -> text, after files of docker-library, nextcloud, sentry, paperless, fastapi, cookiecutter and ohmyzsh."""

BROKEN = {
    ".github/workflows/ci.yml": (
        """\
on: [push]
jobs:
  a:
    runs-on: ubuntu-24.04
    strategy: 5
    env: {POSTGRES_PASSWORD: tomato42}
    steps: [{run: 'psql postgres://a:tomato42@db.example.com/a'}]
""",
        {("ci/github-workflow-invalid", 5), ("db/hardcoded-credentials", 7)},
    ),
    "image/Dockerfile": (
        "FROM debian:12.8-slim\nCOPY a b /app\nRUN echo APP_PASSWD=$X >> /etc/app && apt-get install curl\nUSER 1000\n",
        {("dockerfile/secret-in-layer", 3), ("hadolint:DL3014", 3), ("hadolint:DL3021", 2)},
    ),
    "entry.sh": (
        "#!/bin/sh\ncat > /etc/app.env <<EOF\nPOSTGRES_PASSWORD=tomato42\nEOF\n",
        {("db/hardcoded-credentials", 3)},
    ),
    "append.sh": ("#!/bin/sh\necho PGPASSWORD=tomato42 | tee -a /etc/a\n", {("db/hardcoded-credentials", 2)}),
    "hooks/pre-deploy": ("#!/usr/bin/env bash\n[ -n $1 ] && ls\n", {("shell/unquoted-variable-in-test", 2)}),
    "stack.yml": (
        "# ours\nservices:\n\n  web:\n    image: web:1.2\n    privileged: true\n",
        {("compose/privileged", 6)},
    ),
    "base/kustomization.yaml": ("resources: [web.yaml]\npatches:\n  - path: more.yaml\n", set()),
    "base/more.yaml": (
        DEPLOYMENT + "  replica: 3\n",
        {("k8s/manifest-invalid", 5)},
    ),
    "base/web.yaml": (
        DEPLOYMENT + "  template: {metadata: {}, spec: {containers: []}}\n",
        {("k8s/manifest-invalid", 4)},
    ),
}
"""Path -> text, and the alarms that are owed: signature and line."""


def alarms(runbook: Runbook, folder: Path) -> dict[str, set[tuple[str, int]]]:
    done = runbook("scan", ".", "--format", "json", "--fail-on", "never", cwd=folder, check=0)
    found: dict[str, set[tuple[str, int]]] = {}
    for one in json.loads(done.stdout)["findings"]:
        if one["severity"] in ALARMING:
            lines = one["lines"] or [one["line"]]
            found.setdefault(one["source"].removeprefix("./"), set()).update((one["signature"], line) for line in lines)
    return found


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755 if text.startswith("#!") else 0o600)
    return folder


def test_what_works_in_well_known_repositories_alarms_nobody(home: Path, runbook: Runbook) -> None:
    assert alarms(runbook, written(home / "healthy", HEALTHY)) == {}


def test_what_comes_close_is_still_found(home: Path, runbook: Runbook) -> None:
    files = {name: text for name, (text, _owed) in BROKEN.items()}
    owed = {name: pairs for name, (_text, pairs) in BROKEN.items() if pairs}
    assert alarms(runbook, written(home / "broken", files)) == owed


def test_documentation_is_not_held_to_the_habits_of_scripts(home: Path, runbook: Runbook) -> None:
    """Commands that are typed one by one need no ``cd … || exit``, and ``<placeholders>`` are no redirections."""
    written(home / "docs", {"README.md": HEALTHY["README.md"]})
    assert json.loads(runbook("scan", ".", "--format", "json", cwd=home / "docs", check=0).stdout)["findings"] == []


def test_a_template_is_named_as_what_was_not_looked_at(home: Path, runbook: Runbook) -> None:
    written(home / "t", {name: HEALTHY[name] for name in ("image/Dockerfile", "cookie/docker-compose.yml")})
    skipped = json.loads(runbook("scan", ".", "--format", "json", cwd=home / "t", check=0).stdout)["scanned"]["skipped"]
    assert [one["reason"] for one in skipped] == ["a template, looked at as text only"] * 2


def test_a_unit_that_only_ends_everything_starts_nothing(home: Path, runbook: Runbook) -> None:
    """As systemd's own systemd-exit.service; another one without a command is refused."""
    (home / "exit.service").write_text("[Unit]\nSuccessAction=exit-force\n[Service]\nType=exec\n", encoding="utf-8")
    (home / "app.service").write_text("[Unit]\nDescription=x\n[Service]\nType=exec\n", encoding="utf-8")
    assert alarms(runbook, home) == {"app.service": {("systemd/unit-file-invalid", 3)}}
