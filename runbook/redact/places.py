"""Where a secret stands without a name of its own: URLs, headers, SQL, XML, connection strings, sentences.

A pattern's group ``s`` is the secret; without one, the value begins where the match ends, and ``read`` says how to
read it. ``check`` judges the value.
"""

from __future__ import annotations

import re

from runbook.model.lazy import lazy
from runbook.redact import judge, names
from runbook.redact.contexts import Context, anything, basic, strong

_HINT = names.NAME_HINT
_NAME = rf"[A-Za-z0-9_.\-]*(?:{_HINT})[A-Za-z0-9_.\-]*"
_BAR = "(?:[|]|│|┃|║)"
_CELL = lazy(r"v?[0-9]+(?:[.][0-9]+)+|[0-9]{4}-[0-9]{2}-[0-9]{2}|sha[0-9]+:|[A-Za-z]+\([0-9, ]+\)$|/|\[|\(|<")
"""What stands in the second column without being a secret: versions, days, digests, types, paths."""

RULES = (
    Context(
        "authorization",
        "authorization",
        r"(?i)authorization[\"'\\]*[ \t]*(?:[:=,]|=>|->)[ \t\"'\\\[]*(?:(?:Basic|Bearer|Token(?:[ \t]+token=)?|ApiKey|Api-Key"
        r"|Key|SSWS|GenieKey|Splunk|Bot|OAuth|Negotiate|NTLM|SharedKey(?:Lite)?|PVEAPIToken=|Client-ID|GoogleLogin|JWT)"
        r"[ \t:=]*)?[\"'\\]*(?P<s>[^\s\"'\\<>,;]{3,})",
        hits=(
            "Authorization: Bearer «{an:24}»",
            "curl -H 'Authorization: Basic «{an:16}=»' https://example.org",
            '{"headers": {"Authorization": "Token «{hex:40}»"}}',
            '-H \\"authorization: «{an:24}»\\"',
        ),
        misses=(
            "Authorization: Bearer $TOKEN",
            "Authorization: Bearer <token>",
            "authorization: required",
            "Authorization = None",
            "Authorization: Bearer ${{ secrets.TOKEN }}",
        ),
        check=lambda text: anything(text) and (judge.looks_random(text) or len(text) >= 20 or basic(text)),
        source="RFC 9110, 11.6.2",
    ),
    Context(
        "authorization",
        "digest |aws4-|hawk |oauth |pveapitoken",
        r"(?i)(?:Digest[ \t].{0,1000}?response=[\"'\\]*|AWS4-HMAC-SHA256[ \t].{0,1000}?Signature=|Hawk[ \t].{0,500}?mac=[\"'\\]*"
        r"|OAuth[ \t].{0,1000}?oauth_signature=[\"'\\]*|PVEAPIToken=[^\s=]*=)(?P<s>[^\s\"'\\,]+)",
        hits=(
            'Authorization: Digest username="kim", uri="/", response="«{hex:32}»"',
            "AWS4-HMAC-SHA256 Credential=a/b, Signature=«{hex:64}»",
        ),
        hint=r"(?i:response=|signature=|mac=|pveapitoken=)",
        source="RFC 7616; AWS Signature Version 4",
    ),
    Context(
        "authorization",
        "bearer",
        r"(?i)\bbearer(?:[ \t]+|%20|\+|[\"':= \t]{1,5})(?P<s>[A-Za-z0-9_\-.~+/%]{12,}=*)",
        hits=("using bearer «{an:24}» now", "access_token_type=Bearer+«{an:32}»"),
        misses=("the bearer authentication scheme", "bearer tokens-are-described-in-chapter-two"),
        check=strong,
        source="RFC 6750",
    ),
    Context(
        "authorization",
        "basic",
        r"(?i)\bbasic[ \t]+(?P<s>[A-Za-z0-9+/\-_]{8,}={0,2})",
        hits=("sent Basic «a2ltOnMzY3IzdC1wdw==»",),
        misses=("basic functionality tests", "Basic Authentication"),
        check=lambda text: basic(text) and (text.endswith("=") or judge.looks_random(text)),
        hint=r"(?i:basic[ \t]+[A-Za-z0-9+/_\-]{8})",
        source="RFC 7617",
    ),
    Context(
        "url-password",
        "://|:\\/\\/",
        r"(?:[A-Za-z][A-Za-z0-9+.\-]*:)?(?:\\?/){2}(?P<user>[^\s/?#\"'<>@:\\]*):(?P<s>[^\s\"'<>`]+)@",
        hits=(
            "postgres://app:«{pw:16}»@db:5432/app",
            "redis://:«{an:20}»@cache:6379/0",
            "https:\\/\\/kim:«{an:12}»@example.org",
            "amqp://u:«a/b#c?{an:6}»@mq:5672/%2f",
            "DATABASE_URL=mongodb+srv://u:«p@ss{an:8}»@c0.mongodb.net/x",
        ),
        misses=(
            "http://localhost:8080/@scope/pkg",
            "https://user:$PASS@example.org",
            "https://user:${PASS}@example.org/x",
            "https://example.org:443/a?mail=kim@example.org",
            "ssh://git@example.org:22/x",
            "postgres://app:<password>@db/app",
            "https://user:[password]@example.org",
        ),
        read="url",
        hint=r"(?://|\\/\\/)[^\s/?#\"\'<>@:\\]*:[^\s\"\'<>`]+@",
        source="RFC 3986, 3.2.1",
    ),
    Context(
        "url-password",
        "%3a%2f%2f",
        r"(?i)%3A%2F%2F[^%\s]*%3A(?P<s>\S+?)%40",
        hits=("?next=postgres%3A%2F%2Fapp%3A«{an:16}»%40db%2Fapp",),
        source="RFC 3986, 2.1",
    ),
    Context(
        "url-token",
        "@",
        r"://(?P<s>[A-Za-z0-9_\-.%~]{20,})@[A-Za-z0-9\[]",
        hits=("git clone https://«{an:40}»@git.example.org/a/b.git",),
        misses=("https://a-very-long-user-name-here@example.org/x", "docker://registry-proxy-internal@sha256:ab"),
        check=strong,
        hint=r"://[A-Za-z0-9_\-.%~]{20,}@",
        source="RFC 3986, 3.2.1",
    ),
    Context(
        "url-password",
        "@tcp(|@unix(",
        r"[\w.\-]+:(?P<s>[^\s\"']+)@(?:tcp|unix)\(",
        hits=("dsn=app:«{pw:14}»@tcp(db:3306)/app",),
        source="go-sql-driver/mysql: DSN",
    ),
    Context(
        "password",
        "jdbc:oracle",
        r"jdbc:oracle:[a-z]+:[\w$]+/(?P<s>[^@\s\"']+)@",
        hits=("jdbc:oracle:thin:app/«{an:12}»@//db:1521/X",),
        source="Oracle JDBC: thin URLs",
    ),
    Context(
        "cookie",
        "cookie",
        r"(?i)\b(?:set-)?cookie[\"'\\]*[ \t]*(?:[:=]|=>|,)[ \t\"'\\\[]*(?P<s>[A-Za-z0-9_.\-%$]+=[^\"'\\]*)",
        hits=(
            "Cookie: a=«{an:20}»; lang=«{an:8}»",
            "-H 'Cookie: sid=«{hex:32}»'",
            "Set-Cookie: s=«{an:30}»; Path=/; HttpOnly",
        ),
        misses=("cookie: missing", "set-cookie: $COOKIE"),
        read="cookies",
        source="RFC 6265",
    ),
    Context(
        "cookie",
        "curl|wget|http",
        r"\bcurl\b[^|;\n]{0,1000}?[ \t](?:-b|--cookie)[ \t=]*[\"']?(?P<s>[A-Za-z0-9_.\-]+=[^\"'\s]+)",
        hits=("curl -s -b sid=«{hex:32}» https://example.org",),
        misses=("curl -b cookies.txt https://example.org",),
        read="cookies",
        hint=r"\bcurl\b",
        source="curl(1)",
    ),
    Context(
        "password",
        "identified|password|encrypted",
        r"(?i)\b(?:identified[ \t]+(?:with[ \t]+[\w\"'`]+[ \t]+)?(?:by|as)(?:[ \t]+password)?|(?:encrypted[ \t]+|with[ \t]+|set[ \t]+)?password"
        r"(?:[ \t]+for[ \t]+[^=]{1,100})?[ \t]*=?(?:[ \t]*password)?)[ \t]*\(?[ \t]*[NE]?(?:\\*[\"'])",
        hits=(
            "CREATE USER kim IDENTIFIED BY '«{pw:12}»';",
            "ALTER ROLE app WITH PASSWORD '«{pw:12}»';",
            "SET PASSWORD FOR kim = PASSWORD('«{an:9}»')",
            "CREATE LOGIN kim WITH PASSWORD = N'«{an:12}»'",
            'identified by \\"«{an:12}»\\"',
            "ALTER ROLE app PASSWORD E'«{an:12}»'",
            "IDENTIFIED WITH mysql_native_password BY '«{an:12}»'",
        ),
        misses=("set password '<password>'",),
        read="inside",
        hint=r"(?i:identified[ \t]|password[^\n]{0,110}[\"\'])",
        source="MySQL, PostgreSQL, Oracle and SQL Server manuals: CREATE USER",
    ),
    Context(
        "password",
        "identified",
        r"(?i)\bidentified[ \t]+by[ \t]+(?P<s>[^\s\"';]+)",
        hits=("create user app identified by «{an:14}»;",),
        misses=("objects identified by their id", "identified by name"),
        check=strong,
        hint=r"(?i:identified[ \t]+by)",
        source="Oracle manual: CREATE USER",
    ),
    Context(
        "secret",
        "<",
        rf"(?i)<(?:[\w.\-]+:)?(?P<name>{_NAME})(?:[ \t][^<>]*)?>(?:<!\[CDATA\[)?(?P<s>[^<>\]]+)(?:\]\]>)?<",
        hits=(
            "<password>«{pw:12}»</password>",
            "<ns:apiKey x='1'>«{an:20}»</ns:apiKey>",
            "<dbPassword><![CDATA[«{an:9}»]]></dbPassword>",
        ),
        misses=("<password></password>", "<tokenCount>12</tokenCount>", "<password>${db.password}</password>"),
        read="named",
        hint=rf"(?i:<(?:[\w.\-]+:)?{_NAME}[ \t>])",
        source="XML 1.0",
    ),
    Context(
        "secret",
        "<",
        rf"(?i)(?:key|name|id)=[\"'](?P<name>{_NAME})[\"'][^<>]*>(?P<s>[^<>]+)<",
        hits=('<entry key="db.password">«{pw:12}»</entry>', '<string name="api_key">«{an:20}»</string>'),
        read="named",
        hint=rf"(?i:(?:key|name|id)=[\"\']{_NAME})",
        source="Java properties in XML, Android resources",
    ),
    Context(
        "secret",
        "name|key|id|parameter|option|header|field|variable",
        rf"(?i)(?:name|key|id|parameterkey|optionname|header|field|variable)[\"'\\]*[ \t]*(?:[:=]|=>|>)[ \t]*[\"'\\]*(?P<name>{_NAME})[\"'\\]*[^=:]{{0,20}}?[ \t,;}}/<]"
        r".{0,120}?(?:value|val|default|content|parametervalue|optionvalue|string|data)[\"'\\]*[ \t]*(?:[:=>]|=>)",
        hits=(
            "- {name: DB_PASSWORD, value: «{an:12}»}",
            '{"name": "API_TOKEN", "value": "«{an:24}»"}',
            '<add key="ApiKey" value="«{an:20}»"/>',
            "<name>javax.jdo.option.ConnectionPassword</name><value>«{an:12}»</value>",
            "ParameterKey=DbPassword,ParameterValue=«{an:12}»",
        ),
        misses=("{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}",),
        read="named",
        hint=rf"(?i:(?:name|key|id|header|field|variable)[\"\'\\]*[ \t]*(?:[:=]|=>|>)[ \t]*[\"\'\\]*{_NAME})",
        source="Kubernetes, ECS, .NET, Hadoop and CloudFormation configuration",
    ),
    Context(
        "secret",
        "${",
        rf"(?i)\$\{{(?P<name>{_NAME}):?[-=+](?P<s>[^{{}}\s]+)\}}",
        hits=("POSTGRES_PASSWORD: ${DB_PASSWORD:-«{an:12}»}",),
        misses=("${DB_PASSWORD:-}", "${DB_PASSWORD:?must be set}", "${DB_PASSWORD:-changed}"),
        read="named",
        hint=rf"(?i:\$\{{{_NAME}:?[-=+])",
        source="POSIX shell: parameter expansion",
    ),
    Context(
        "password",
        "login|machine|default",
        r"(?i)\b(?:login|user|account)[ \t]+\S+[ \t]+password[ \t]+(?P<s>\S+)",
        hits=("machine api.example.org login kim password «{pw:14}»",),
        misses=("the login and password fields", "login with password authentication"),
        check=lambda text: (
            anything(text) and not judge.is_prose(text) and (judge.looks_random(text) or not text.isalpha())
        ),
        hint=r"(?i:(?:login|user|account)[ \t]+\S+[ \t]+password)",
        source="netrc(5)",
    ),
    Context(
        "password",
        ":",
        r"^(?:[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+|localhost|\*):(?:[0-9]{2,5}|\*):[^:\s]+:[^:\s]+:(?P<s>[^:\s]+)$",
        hits=("db.example.org:5432:app:app:«{pw:12}»", "*:*:*:postgres:«{an:12}»"),
        misses=("10.0.0.1:80:a:b:c:d", "app.py:12:5: E501 line too long"),
        check=lambda text: anything(text) and len(text) >= 5,
        hint=r"(?:[A-Za-z0-9]|\*):(?:[0-9]{2,5}|\*):[^:\s]+:[^:\s]+:[^:\s]",
        source="PostgreSQL manual: the password file",
    ),
    Context(
        "password",
        "requirepass|masterauth|auth |acl setuser|primaryauth|user ",
        r"(?:^|[ \t\"'>])(?:requirepass|masterauth|primaryauth|(?i:acl[ \t]+setuser|user)[ \t]+\S+(?:[ \t]+[^\s>]+)*?[ \t]+>|AUTH(?:[ \t]+default)?)[ \t]*[\"']?(?P<s>[^\s\"']+)",
        hits=("requirepass «{an:16}»", "user app on >«{an:12}» ~* +@all", "127.0.0.1:6379> AUTH «{an:12}»"),
        misses=("AUTH failed", "(error) NOAUTH Authentication required.", "AUTH LOGIN PLAIN"),
        check=lambda text: anything(text) and not text.isupper(),
        hint=r"requirepass|masterauth|primaryauth|AUTH[ \t]|(?i:setuser|user[ \t][^\n]*>)",
        source="Redis manual: redis.conf, AUTH, ACL",
    ),
    Context(
        "secret",
        "aws_secret|aws_session|_authtoken|_password",
        r"(?i)\b(?:aws_secret_access_key|aws_session_token|_authToken|_password)[ \t]+[\"']?(?P<s>[^\s\"']{8,})",
        hits=(
            "aws configure set aws_secret_access_key «{b64:40}»",
            "npm config set //r.example.org/:_authToken «{an:36}»",
        ),
        misses=("the aws_secret_access_key variable",),
        check=strong,
        source="aws configure set; npm config",
    ),
    Context(
        "secret",
        "from-literal",
        r"--from-literal[= \t]+[\"']?[\w.\-]+=",
        hits=("kubectl create secret generic db --from-literal=user=«{an:12}» --from-literal pw='«{pw:12}»'",),
        misses=("kubectl create secret generic db --from-literal=x=$VALUE",),
        read="word",
        source="kubectl create secret generic",
    ),
    Context(
        "password",
        "passin|passout|pass:",
        r"\b(?:pass(?:in|out)?[ \t=]+)?pass:(?P<s>[^\s\"']+)",
        hits=("openssl rsa -in k.pem -passin pass:«{pw:12}»",),
        hint=r"pass:\S",
        source="openssl-passphrase-options(1)",
    ),
    Context(
        "password",
        "echo |printf |<<<",
        r"(?:\becho|\bprintf)[ \t]+(?:-[neE]+[ \t]+)?(?:[\"']%s(?:\\n)?[\"'][ \t]+)?[\"']?(?P<s>[^\s\"'|]+)[\"']?[ \t]*\|[ \t]*(?:sudo[ \t]+(?:-\S+[ \t]+)*-S|\S.{0,200}?"
        r"(?:--password-stdin|--passphrase-fd|--with-token|--stdin\b)|(?:sudo[ \t]+)?chpasswd|vault[ \t]+login|kinit|(?:sudo[ \t]+)?cryptsetup|(?:sudo[ \t]+)?passwd)",
        hits=(
            "echo '«{pw:12}»' | sudo -S id",
            "echo «{an:20}» | docker login -u kim --password-stdin",
            "echo kim:«{an:9}» | chpasswd".replace("kim:«", "«kim:"),
        ),
        misses=("echo $PASSWORD | docker login --password-stdin", "echo done | tee log"),
        hint=r"(?:echo|printf)[ \t][^|\n]*\|",
        source="sudo(8), docker login, chpasswd(8)",
    ),
    Context(
        "password",
        "<<<",
        r"\b(?:sudo[ \t]+-S|--password-stdin|--with-token|chpasswd)\b.{0,200}?<<<[ \t]*[\"']?(?P<s>[^\s\"']+)",
        hits=("sudo -S id <<< '«{pw:12}»'",),
        misses=('sudo -S id <<< "$PW"',),
        source="bash(1): here strings",
    ),
    Context(
        "password",
        "pass|pwd|secret|token|pin|cred|key",
        r"(?i)\b(?:password|passwd|passphrase|passcode|pwd|token|secret|(?:api|access|secret)[ _-]?key|credentials?)(?:[ \t]+(?:for|of)[ \t]+[\w@.\-/]+(?:[ \t]+[\w@.\-]+)?)?"
        r"(?:[ \t]+(?:is|was|to|now|are|will be|became)(?:[ \t]+(?:now|set to|changed to|still|again))?[ \t]*:?|[ \t]+(?:set|changed|reset)[ \t]+to|[ \t]*[:=])[ \t]+[\"'`«“]?(?P<s>[^\s\"'`»”]+)",
        hits=(
            "the password is «Tr0ub4dor{an:4}», tell nobody",
            "password for kim@db: «{an:9}1»",
            "new token was set to `«{an:20}9»`",
        ),
        misses=(
            "the token is expired",
            "password is required",
            "token was issued at 12:01:33",
            "the secret is rotated every 90 days",
            "key is 256-bit",
        ),
        check=lambda text: strong(text.rstrip(".,;:!?)")) and re.match(r"[0-9:.,TZ+-]+$|\w+-bit", text) is None,
        hint=r"(?i:(?:password|passwd|passphrase|passcode|pwd|token|secret|key|credentials?)[ \t]+(?:for|of|is|was|to|now|are|will|became|set|changed|reset)[ \t])",
        read="said",
        source="what people write",
    ),
    Context(
        "password",
        "insert",
        rf"(?i)\binsert[ \t]+into[ \t]+[\w.\"`]+[ \t]*\((?P<columns>[^()]*(?:{_HINT})[^()]*)\)[ \t]*values[ \t]*\(",
        hits=("INSERT INTO users (name, password) VALUES ('kim', '«{pw:12}»');",),
        misses=("INSERT INTO users (name, mail) VALUES ('kim', 'kim@example.org');",),
        read="columns",
        hint=r"(?i:insert[ \t]+into)",
        source="SQL",
    ),
    Context(
        "registry-auth",
        "auth",
        r"(?i)(?:[\"'\\]_?auth[\"'\\]+[ \t]*:[ \t]*[\"'\\]+|\b_auth[ \t]*=[ \t]*[\"']?)(?P<s>[A-Za-z0-9+/=_\-]{8,})",
        hits=('{"auths":{"r.example.org":{"auth":"«a2ltOnMzY3IzdA==»"}}}', "_auth = «a2ltOnMzY3IzdA==»"),
        misses=('{"auth": "required-by-policy"}',),
        check=basic,
        hint=r"(?i:auth[\"\'\\]+[ \t]*:|_auth[ \t]*=)",
        source="Docker's config.json; npmrc",
    ),
    Context(
        "password",
        _HINT,
        rf"(?i)^[ \t]*(?:{_BAR}[ \t]*)?[`\"']?(?P<name>{_NAME})[`\"']?(?:[ \t]*{_BAR}[ \t]*|[ \t]{{2,}}|\t[ \t]*)"
        rf"[`\"']?(?P<s>[^\s|│┃║`\"'<>]{{6,}})[`\"']?[ \t]*(?:{_BAR}[ \t]*)?\r?$",
        hits=(
            "password    «s3{pw:10}»",
            "| db_password | «s3{pw:10}» |",
            "| `API_TOKEN` | `«{an:20}7»` |",
            " password | «s3{pw:10}»",
            "│ POSTGRES_PASSWORD │ «s3{pw:10}» │",
            "CLIENT_SECRET\t«{an:24}3»",
        ),
        misses=(
            "| Password | required |",
            "password    Enter",
            "token_rest_framework    2.0.0rc1",
            "| token | 2026-03-01T10:00:00Z |",
            "| password | varchar(255) |",
            "app-secret    Opaque    3    12d",
            "Token   sha256:30c0a6ff",
        ),
        check=lambda text: strong(text) and _CELL.match(text) is None,
        hint=rf"(?i:(?:{_HINT})[A-Za-z0-9_.\-]*[`\"']?(?:[ \t][ \t]|\t|[ \t]?{_BAR}))",
        read="row",
        source="vault kv get; psql -x; tables of two columns",
    ),
    Context(
        "password",
        "<td",
        rf"(?i)<t[dh][^<>]{{0,100}}>[ \t]*(?:<code>)?(?P<name>{_NAME})(?:</code>)?[ \t]*</t[dh]>[ \t]*<td[^<>]{{0,100}}>[ \t]*(?:<code>)?"
        r"(?P<s>[^\s<>]{6,})",
        hits=("<tr><td>DB_PASSWORD</td><td>«s3{pw:10}»</td></tr>",),
        misses=("<td>password</td><td>required</td>",),
        check=lambda text: strong(text) and _CELL.match(text) is None,
        hint=r"(?i:<td)",
        read="row",
        source="HTML: env tables of debug pages",
    ),
)
"""Every place; the door tries them in this order."""
