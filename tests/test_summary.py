"""What people outside the team can be given: the facts on one page, without names and without what is inside."""

from __future__ import annotations

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import examples
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from pages import Page
from strategies import documents

from runbook.errors import BadInputError
from runbook.model.private import Inside, inside_of, people_of, person_at, private_passages
from runbook.model.record import Action, AnyDocument, Cause, Command, Impact, Incident, PreventionItem
from runbook.model.settings import Settings
from runbook.record.pseudonyms import pseudonyms
from runbook.render.outside import outside, render_summary
from runbook.render.page import page_of
from runbook.render.report import check_report, render_report
from runbook.review.leaks import find_leaks

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

INSIDE = Inside(
    [["Noor Haddad", "noor"], ["Kim"], ["Mark Will"]], frozenset({"edge-1", "prod-*"}), frozenset({"/plexus"}),
    ("*.example.com", "https://status.example.net*"),
)  # fmt: skip


def told(document: AnyDocument) -> str:
    inside = inside_of(document)
    names = {group[0]: f"Responder {number}" for number, group in enumerate(inside.people)}
    return render_summary(document, settings=Settings(), inside=inside, names=names)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("asked Kim's colleague", [("name", "Kim")]),
        ("KIM and kim", [("name", "KIM"), ("name", "kim")]),
        ("Noor Haddad, then Haddad alone", [("name", "Noor Haddad"), ("name", "Haddad")]),
        ("@noor: look", [("name", "@noor")]),
        ("Mark the page; it will do, kimono, Kimberley", [("name", "Mark")]),
        ("from 172.16.30.1, 172.16.30.1:4000", [("address", "172.16.30.1"), ("address", "172.16.30.1:4000")]),
        ("net 10.0.0.0/8", [("address", "10.0.0.0/8")]),
        ("fe80::1%eth0 and 2001:db8::17", [("address", "fe80::1%eth0"), ("address", "2001:db8::17")]),
        ("0.0.0.0:4000->4000/tcp on 127.0.0.1 at 12:05:33", []),
        ("mac 52:54:00:12:34:56", [("address", "52:54:00:12:34:56")]),
        ("ssh user001@172.16.30.128", [("account", "user001@172.16.30.128")]),
        ("root@edge-1:/srv/x", [("path", "root@edge-1:/srv/x")]),
        ("root@edge-2", [("account", "root@edge-2")]),
        ("write to kim.lee@corp.example.org.", [("e-mail", "kim.lee@corp.example.org")]),
        ("react@18.2.0 and actions/checkout@v4 and oven/bun@sha256", []),
        ("see https://wiki.intranet/x?y=1, please", [("address", "https://wiki.intranet/x?y=1")]),
        ("postgresql://u:p@db:5432/x", [("address", "postgresql://u:p@db:5432/x")]),
        ("DATABASE_URL=postgresql://db/x", [("address", "postgresql://db/x")]),
        ("https://status.example.net/now and www.example.com", []),
        ("on **edge-1**, on edge-7, on prod-db", [("host", "edge-1"), ("host", "edge-7"), ("host", "prod-db")]),
        ("db.internal and api.eu-1.acme.io:443", [("host", "db.internal"), ("host", "api.eu-1.acme.io:443")]),
        ("node.js, README.md, docker-compose.yml, 1.2.3, e.g. this", []),
        ("/home/user001/x, ~/y, C:\\temp", [("path", "/home/user001/x"), ("path", "~/y"), ("path", "C:\\temp")]),
        ("/plexus and /plexus/a, not /plexusx", [("path", "/plexus"), ("path", "/plexus/a")]),
        ("4xx on /pay, /v1/models, and/or, 3/4, n/a, TCP/IP", []),
    ],
)  # fmt: skip
def test_what_must_not_leave_is_found_and_the_rest_is_left_alone(text: str, found: list[tuple[str, str]]) -> None:
    passages = private_passages(text, INSIDE)
    assert [(passage.kind, passage.text) for passage in passages] == found
    assert all(text[passage.start : passage.end] == passage.text for passage in passages)


NASTY = [
    ("host:10.0.0.5 and 10.0.0.5:/export", [("address", "host:10.0.0.5"), ("address", "10.0.0.5:/export")]),
    ("10.0.0.5-10.0.0.9, 10.1.x.x, ip-10-0-3-17", [("address", "10.0.0.5-10.0.0.9"), ("address", "10.1.x.x"),
                                                    ("address", "ip-10-0-3-17")]),
    ("[fd00:1::2]:8080 → ::ffff:10.0.0.1", [("address", "fd00:1::2"), ("address", "::ffff:10.0.0.1")]),
    ("5254.0012.3456", [("address", "5254.0012.3456")]),
    ("edge‑1’s disk, edge-[1-3], edge-4–edge-9", [("host", "edge‑1"), ("host", "edge-"), ("host", "edge-4–edge-9")]),
    ("postgres:5432 beside nginx:1.25 and port:4000", [("host", "postgres:5432")]),
    ("checkout-7d9f8b6c5d-x2x4k, i-0abc123def4567890", [("host", "checkout-7d9f8b6c5d-x2x4k"),
                                                        ("host", "i-0abc123def4567890")]),
    ("arn:aws:iam::123456789012:user/deployer", [("address", "arn:aws:iam::123456789012:user/deployer")]),
    ("vault.service.consul, db.stage, shop.acme.xyz, go/oncall", [
        ("host", "vault.service.consul"), ("host", "db.stage"), ("host", "shop.acme.xyz"), ("address", "go/oncall")]),
    ("OPS-1234, jira/browse/PAY-7, INC0012345, (#418), acme/shop#12", [
        ("ticket", "OPS-1234"), ("ticket", "jira/browse/PAY-7"), ("ticket", "INC0012345"), ("ticket", "#418"),
        ("ticket", "acme/shop#12")]),
    ("UTF-8, SHA-256, CVE-2026-1234, SEV-1, #1, TLS-1, INC-2026-03-04-001, us-east-1, T-15, 24/7", []),
    ("@payments-oncall in #inc-418 <@U02ABCDEF9>", [("chat", "@payments-oncall"), ("chat", "#inc-418"),
                                                    ("chat", "@U02ABCDEF9")]),
    ("@types/node, @media, #ffcc00, C# and F#", []),
    ("call +49 (170) 123 45 67 now", [("phone", "+49 (170) 123 45 67")]),
    ("+12 % and +1 000 orders, T+15, 2026-03-04 10:00", []),
    ("noor  haddad, NOOR\nHADDAD", [("name", "noor  haddad"), ("name", "NOOR\nHADDAD")]),
    ("nhaddad, noor.haddad, @noor_haddad, ~nhaddad", [
        ("name", "nhaddad"), ("name", "noor.haddad"), ("name", "@noor_haddad"), ("path", "~nhaddad")]),
    ("kim_home, home/someone/.ssh, ..\\Users\\x", [("name", "kim"), ("path", "home/someone/.ssh"),
                                                   ("path", "..\\Users\\x")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), NASTY)
def test_what_is_written_otherwise_than_usual_is_found_too(text: str, found: list[tuple[str, str]]) -> None:
    assert [(passage.kind, passage.text) for passage in private_passages(text, INSIDE)] == found


def test_names_are_found_however_their_accents_are_stored_and_in_scripts_without_blanks() -> None:
    people = [["José Núñez"], ["田中"], ["김민수"]]
    inside = Inside(people, frozenset(), frozenset())
    for text, name in (
        ("asked Jose\u0301 Nu\u0301n\u0303ez again", "José Núñez"),
        ("asked Jose Nunez again", "José Núñez"),
        ("asked jnunez again", "José Núñez"),
        ("田中さんが再起動した", "田中"),
        ("김민수가 재시작했다", "김민수"),
    ):
        (passage,) = private_passages(text, inside)
        assert person_at(passage.text, people) == [name]


def test_machines_and_containers_that_commands_name_are_known_and_public_ones_stay() -> None:
    document = examples.incident()
    lines = (
        "ssh -p 22 -i key bastion uptime", "psql -h pg-primary-7 -U shop", "scp dump.sql backup@vault9:/srv/x",
        "docker exec -it shop_db_1 bash", "curl https://ledger.acme.example.net/health", "du -h logs",
        "grep -h error x",
    )  # fmt: skip
    document.commands = [
        Command(id=f"C{number}", at=examples.at(number), command=line, host="web1.prod.acme")
        for number, line in enumerate(lines)
    ]
    inside = inside_of(document, ["*.example.net"])
    told = "bastion, pg-primary-8, vault9, shop_db_1, db4.prod.acme; logs, error, ledger.acme.example.net, shop, key"
    assert [passage.text for passage in private_passages(told, inside)] == [
        *("bastion", "pg-primary-8", "vault9", "shop_db_1", "db4.prod.acme")
    ]


RECORDS = {
    "a link with titles": 'See [what Noor wrote](https://wiki.acme.lan/x "Noor") ![Kim](https://10.1.1.1/a "Kim")',
    "references": "See [page][1] and [Noor].\n\n[1]: https://wiki.acme.lan/OPS-1 'Noor'\n[Noor]: /home/noor",
    "bare addresses": "<https://grafana.acme.lan/d/1> <noor@acme.lan> www.acme.lan mailto:noor@acme.lan",
    "entities": "&#75;im Lee said it: 10&#46;1&#46;1&#46;1",
    "unseen characters": "No\u200bor Haddad, 10.\u200b1.1.1, e\u00addge-1, @\u200bnoor",
    "marks": "**Kim** Lee; *Noor*'s; `Noor`; __Haddad__ ~~10.1.1.1~~ **edge-1**",
    "a table": "| who | where |\n| --- | --- |\n| Noor | 10.1.1.1 |",
    "html": "<b>Noor</b> <a href='https://wiki.acme.lan'>10.1.1.1</a> <!-- Noor -->",
    "commands": "````\nssh noor@10.1.1.1\n````\n\n    Noor 10.1.1.1\n\nafter",
    "a quotation": "> Noor: call me\n> - 10.1.1.1\n>   1. edge-1",
    "other spellings": "NOOR HADDAD nhaddad n.haddad noor.haddad@x anne-marie O’Neil Noors Kims Lee’s\n\nNoor\nHaddad",
    "escapes": r"10\.1\.1\.1 edge\-1 \@noor OPS\-12",
    "dashes": "edge–1, edge‑1, edge_1, EDGE-1, edge-1.acme.lan:9100/x, (edge-1), edge-1!, edge-1—edge-2, edge-[1-3]",
    "networks": "10.1.1.1,10.1.1.2;10.1.1.3 10.1.1.0/24 10.1.1.5-10.1.1.9 fe80::1 [2001:db8::1]:443 x:10.1.1.1",
    "paths": "/home/noor/x ~/x ~noor C:\\Users\\noor\\x \\\\fs01\\noor ./home/noor/y s3://noor/x file:///noor",
    "a cloud": "shop_db_1 checkout-7d9f8b6c5d-x2x4k i-0abc123def4567890 arn:aws:s3:::noor",
    "trackers": "OPS-12 PAY-7/8 #4711 GH-12 INC0012345 https://acme.lan/browse/OPS-1",
    "chat": "<@U02ABCDEF> <#C02ABCDEF|war> #war-room @here @noor.h :Noor: +49 170 1234567",
}  # fmt: skip
GONE = re.compile(
    r"noor|kim|haddad|\blee\b|neil|anne|10\.1\.1|acme|edge.?\d|OPS|PAY|4711|GH-|INC00|U02|C02|#war|@here|fs01|fe80|2001"
    r"|_db_|x2x4k|i-0abc|arn|/x\b|wiki|170"
)


@pytest.mark.parametrize("text", RECORDS.values(), ids=RECORDS)
def test_nothing_of_a_record_written_to_slip_through_does(text: str) -> None:
    """In the page as well as in its Markdown, and the second look finds nothing either."""
    document = examples.incident(2)
    document.responders, document.lead = ["Kim Lee", "Noor Haddad", "Anne-Marie O'Neil"], "Kim Lee"
    document.summary = document.resolution = text
    document.impact = Impact(users=text, description=text, data_loss=text)
    if not text.startswith(r"10\."):  # what is no Markdown has no escapes
        document.title, document.impact.systems = text, [text]
    document.causes = [Cause(id="K9", title=text)]
    document.prevention, document.actions = [PreventionItem(id="P9", text=text)], [Action(id="A9", text=text)]
    summary = told(document)
    page = Page(page_of(summary, identifier=document.id, title="summary", brief=True))
    for shown in (summary, page.text, " ".join(page.links)):
        bare = shown.replace("\u200b", "").replace("\u00ad", "").replace("\\", "")
        assert GONE.findall(bare, re.IGNORECASE) == []
    assert find_leaks(summary, document) == []


def test_one_person_under_two_names_is_one_person() -> None:
    document = examples.incident()
    document.responders = ["Noor Haddad", "Kim Lee", "Kim Park", "deployer"]
    assert people_of(document) == [["Kim"], ["Noor Haddad", "Noor"], ["Kim Lee"], ["Kim Park"]]


def test_the_summary_tells_the_facts_and_nobody_s_name() -> None:
    document = examples.incident()
    document.summary += (
        " Kim found it on edge-1 (10.2.3.4), see [the wiki](https://wiki.internal/x) and `/etc/nginx/x`."
    )
    document.resolution += "\n\n```bash\nssh kim@edge-1\n```"
    document.actions.append(Action(id="A9", text="Noor asks the bank; mail her at noor@shop.internal", owner="Noor"))
    text = told(document)
    for part in (
        "refused **every** card",
        "About 1 900 customers",
        "| time to resolve | 1 h 15 min |",
        "| 2026-03-04 08:40 Europe/Berlin |",
        "likely, not proven",
    ):
        assert part in text
    for gone in ("Kim", "Noor", "edge-", "10.2", "wiki.", "/etc", "ssh", "certbot", "shop.internal", "318", "<!--"):
        assert gone not in text
    assert "Responder 0 found it on (internal host) (internal address)" in text.replace("((", "(").replace("))", ")")
    assert "see the wiki and (internal path)" in text
    assert "(commands left out)" in text
    assert "Handled by Responder 0 (lead), Responder 1." in text
    assert check_report(text) == []
    assert find_leaks(text, document) == []


def test_a_summary_fits_on_a_page() -> None:
    document = examples.incident(300)
    document.actions = [Action(id=f"A{number}", text=f"Do thing {number}") for number in range(40)]
    assert len(told(document).splitlines()) < 75
    assert "and 32 more" in told(document)


def test_what_is_not_meant_for_outsiders_is_not_even_in_the_record_they_are_told() -> None:
    record = outside(examples.incident(), inside_of(examples.incident()), {})
    assert not record.timeline
    assert not record.commands
    assert not record.evidence
    assert not record.findings
    assert not record.references


def test_a_deployment_has_a_summary_too() -> None:
    text = told(examples.deployment())
    assert "## What was deployed" in text
    assert "edge-1" not in render_summary(
        examples.deployment(),
        settings=Settings(),
        inside=inside_of(examples.deployment(), machines=["edge-*"]),
        names={},
    )


def test_an_account_beside_an_entity_in_code_does_not_slip_through() -> None:
    document = examples.incident()
    document.resolution = "**kim@deadbeef&lt;b&gt;** and `kim@deadbeef&lt;b&gt;` and `x&lt;y`"
    text = told(document)
    assert "deadbeef" not in text
    assert "`x&lt;y`" in text
    assert find_leaks(text, document) == []


def test_a_name_that_begins_like_an_item_of_a_list_is_no_leak_in_every_list() -> None:
    document = examples.incident()
    document.timeline[0].actor, document.timeline[1].actor = "- x", "* Robin"
    document.prevention = [PreventionItem(id="P1", text="X"), PreventionItem(id="P2", text="Robin asks")]
    text = told(document)
    assert "Robin" not in text
    assert find_leaks(text, document) == []


def test_a_host_that_is_called_a_number_makes_no_number_of_the_summary_a_leak() -> None:
    document = examples.incident()
    document.commands[0].host = "0"
    text = told(document)
    assert find_leaks(text, document) == []
    assert "Responder 0" in text


@given(documents())
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None, phases=[Phase.generate])
def test_nothing_slips_through_whatever_was_recorded(document: AnyDocument) -> None:
    bare = type(document)(id=document.id, title="x", zone=document.zone, milestones=document.milestones)
    # A person may be called as a word of the template, or `> x`, which is also how a quotation begins.
    ours = {leak.text for leak in find_leaks(told(bare), document)}
    text = told(document)
    leaks = [leak for leak in find_leaks(text, document) if leak.text not in ours]
    assert [leak for leak in leaks if leak.kind != "name" or re.fullmatch(r"[\w .'@-]+", leak.text)] == []
    assert check_report(text) == []


def test_the_checker_names_line_and_passage() -> None:
    document = examples.incident()
    text = "# Fine\n\nKim@\u200bedge-1 and kim\\.lee@shop\\.internal\n\n<!-- Kim -->\nAsk [Noor](https://wiki.internal/n)\n"
    assert [(leak.line, leak.kind) for leak in find_leaks(text, document)] == [
        (3, "account"), (3, "e-mail"), (6, "name"), (6, "address"),
    ]  # fmt: skip
    assert find_leaks(text, document)[-1].message == "https://wiki.internal/n is an address"
    assert find_leaks("https://wiki.internal/n\n", document, public=["*.internal"]) == []


def test_the_checker_finds_what_a_report_for_the_team_holds() -> None:
    document = examples.incident()
    kinds = {leak.kind for leak in find_leaks(render_report(document, settings=Settings()), document)}
    assert kinds == {"name", "host", "path", "address", "ticket", "chat"}


def test_pseudonyms_stay_the_same_in_all_documents_of_a_repository(
    runbook: Runbook, repository: Path, home: Path
) -> None:
    ids = []
    for lead, other in (("Kim Lee", "Noor"), ("Noor", "kim lee")):
        me = {"RUNBOOK_ACTOR": other}
        out = runbook("start", f"it broke, said {other}", "--format", "json", cwd=repository, env=me, check=0).stdout
        ids.append(json.loads(out)["id"])
        runbook("set", "lead", lead, env=me, check=0)
    first, second = (
        runbook("export", identifier, "--format", "summary", cwd=repository, check=0).stdout for identifier in ids
    )
    assert "it broke, said Responder B" in first
    assert "Handled by Responder A (lead)" in first
    assert "it broke, said Responder A" in second
    assert "Handled by Responder B (lead)" in second
    (kept,) = home.glob(".local/state/runbook/*/pseudonyms.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text(encoding="utf-8"))["names"]["kim lee"] == "Responder A"
    ignored = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert "pseudonyms" not in ignored.stdout
    kept.write_text("{broken", encoding="utf-8")
    done = runbook("export", ids[0], "--format", "summary", cwd=repository, check=2)
    assert "the map of pseudonyms is damaged" in done.stderr


def test_many_summaries_at_once_never_give_two_people_one_pseudonym() -> None:
    with ThreadPoolExecutor(8) as pool:
        maps = list(pool.map(lambda number: pseudonyms("team", [[f"Person {number % 10}"], ["Kim"]]), range(40)))
    given_out: dict[str, str] = {}
    for one in maps:
        for name, pseudonym in one.items():
            assert given_out.setdefault(name, pseudonym) == pseudonym
    assert len(set(given_out.values())) == 11
    many = pseudonyms("other", [[f"P{number}"] for number in range(30)])
    assert (many["P25"], many["P26"], many["P29"]) == ("Responder Z", "Responder AA", "Responder AD")


def test_a_summary_is_a_page_as_well(runbook: Runbook, repository: Path, tmp_path: Path) -> None:
    runbook("start", "Kim broke it", cwd=repository, check=0)
    runbook("set", "lead", "Kim", check=0)
    target = tmp_path / "summary.html"
    runbook("export", "--format", "summary", "-o", target, check=0)
    read = Page(target.read_text(encoding="utf-8"))
    assert "Responder A broke it" in read.text
    assert "Kim" not in target.read_text(encoding="utf-8")


def test_what_the_team_s_own_template_lets_through_is_said(runbook: Runbook, repository: Path) -> None:
    own = repository / "templates/summary.md.j2"
    own.parent.mkdir()
    own.write_text("# {{ title }}\n\nAsk Kim on 10.1.2.3\n", encoding="utf-8")
    runbook("start", "it broke", cwd=repository, check=0)
    runbook("set", "lead", "Kim", check=0)
    done = runbook("export", "--format", "summary", check=1)
    assert "line 3: Kim names somebody of the team" in done.stderr
    assert "line 3: 10.1.2.3 is an address" in done.stderr
    assert "# it broke" in done.stdout


def test_a_format_that_a_summary_does_not_have_is_an_error(home: Path) -> None:
    from runbook.flow.export import export_summary

    with pytest.raises(BadInputError, match="not written as json"):
        export_summary(None, "json")  # type: ignore[arg-type]


def test_commands_and_their_hosts_are_what_is_inside() -> None:
    document = Incident(id="INC-2026-03-04-001", title="x", commands=[
        Command(id="C1", at=examples.at(0), command="ls", host="db-7", cwd="/plexus/x/"),
        Command(id="C2", at=examples.at(1), command="ls", host="localhost", cwd="rel"),
    ])  # fmt: skip
    inside = inside_of(document, ["a"], ["prod-*"])
    assert inside.hosts == {"db-7", "prod-*"}
    assert inside.folders == {"/plexus/x"}
