"""Two records as they come out of a real day, for tests that look at a whole report. The incident is made up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from runbook.model.record import (
    Action,
    Cause,
    Check,
    Command,
    Cost,
    Deployment,
    Evidence,
    Finding,
    Impact,
    Incident,
    Item,
    Lessons,
    Link,
    Milestones,
    PreventionItem,
    Reference,
    SignOff,
    Step,
    TimelineEntry,
    Why,
)

START = datetime(2026, 3, 4, 7, 40, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=minutes)


def _entry(
    number: int, minutes: float, text: str, kind: str = "note", *, actor: str = "Kim", highlight: bool = False
) -> TimelineEntry:
    return TimelineEntry(id=f"E{number:03d}", at=at(minutes), text=text, kind=kind, actor=actor, highlight=highlight)


def incident(entries: int = 12) -> Incident:
    """An expired certificate takes the shop's checkout down; ``entries`` rows of routine are added to its timeline."""
    commands = [
        Command(
            id="C001",
            at=at(14),
            command="curl -sv https://pay.example.net/health",
            cwd="/home/kim",
            host="edge-1",
            duration=0.4,
            exit_status=60,
            evidence=["V001"],
        ),
        Command(
            id="C002",
            at=at(31),
            command="systemctl restart nginx | tee restart.log",
            cwd="/home/kim",
            host="edge-1",
            duration=2.31,
            exit_status=0,
            role="dead-end",
            note="It *read the same file* again.",
        ),
        Command(
            id="C003",
            at=at(52),
            command="certbot renew --cert-name pay.example.net",
            cwd="/home/kim",
            host="edge-1",
            duration=41,
            exit_status=0,
            role="worked",
            evidence=["V002"],
        ),
    ]
    rows = [
        _entry(1, 0, "Incident declared: Checkout refuses every card", "start"),
        _entry(2, 6, "Detected: @shop-alerts: 4xx on /pay at 97 %", "milestone"),
        _entry(3, 9, "Kim has it", "note"),
        *(TimelineEntry(id=c.id, at=c.at, kind="command", text=c.command, actor="Kim") for c in commands),
        _entry(4, 33, "Asked Noor, who remembers the move to the new issuer (#418)", "escalation"),
        _entry(5, 47, "Renew by hand, find out about the timer later", "decision", actor="Noor", highlight=True),
        _entry(6, 54, "Mitigated: cards go through again", "milestone"),
        _entry(7, 75, "Resolved: an hour without a refusal", "milestone"),
        *(_entry(100 + n, 10 + n * 0.5, f"looked at dashboard {n}", "observation") for n in range(entries)),
    ]
    return Incident(
        id="INC-2026-03-04-001",
        title="Checkout refuses every card",
        zone="Europe/Berlin",
        severity="high",
        status="resolved",
        lead="Kim",
        responders=["Kim", "Noor"],
        milestones=Milestones(started=at(0), detected=at(6), acknowledged=at(9), mitigated=at(54), resolved=at(75)),
        timeline=sorted(rows, key=lambda row: row.at),
        commands=commands,
        evidence=[
            Evidence(
                id="V001",
                name="stderr of curl -sv https://pay.example.net/health",
                path="evidence/01-curl.txt",
                at=at(14),
                size=1834,
            ),
            Evidence(
                id="V002",
                name="output of certbot renew --cert-name pay.example.net",
                path="evidence/02-certbot.txt",
                at=at(52),
                size=7_400_000,
                omitted=2_400_000,
            ),
        ],
        findings=[
            Finding(
                id="tls/certificate-expired",
                signature="tls/certificate-expired",
                title="A certificate has expired",
                severity="high",
                state="confirmed",
                source="V001",
                entries=["C001"],
                line=12,
                excerpt="* SSL certificate problem: certificate has expired",
                captures={"host": "pay.example.net"},
                fix="Renew it, then reload what serves it:\n\n```bash\ncertbot renew --cert-name pay.example.net\n```",
                verify=["openssl s_client -connect pay.example.net:443 </dev/null | openssl x509 -noout -enddate"],
                prevention=["An alert fires 14 days before a certificate ends"],
            ),
            Finding(
                id="net/dns-failure",
                signature="net/dns-failure",
                title="A name does not resolve",
                severity="low",
                state="dismissed",
                reason="a typing mistake of mine",
                entries=["E003"],
            ),
        ],
        redacted={"bearer-token": 2},
        summary=(
            "For 54 minutes the checkout refused **every** card, because the certificate of the payment\n"
            "endpoint had expired over night. No order was lost; customers could pay again after it was renewed by "
            "hand."
        ),
        impact=Impact(
            systems=["checkout", "pay.example.net"],
            users="About 1 900 customers saw *payment failed*.",
            data_loss="None.",
            financial=Cost(people=3, rate=85, note="Lost sales are not counted."),
        ),
        causes=[
            Cause(
                id="K1",
                title="Nobody renewed the certificate of the payment endpoint",
                whys=[
                    Why(id="W1", text="Its end date passed at 07:38", evidence=["C001", "V001"]),
                    Why(
                        id="W2",
                        text="The renewal timer runs on `edge-2` only, which was switched off in January",
                        evidence=["E004"],
                    ),
                ],
            ),
            Cause(id="K2", title="The end date was watched by nothing", proven=False),
        ],
        factors=[Item(id="F1", text="The move to the new issuer has no owner")],
        resolution="1. Renewed the certificate by hand.\n2. Reloaded nginx.\n\nThe timer now runs on both edges.",
        prevention=[
            PreventionItem(
                id="P1", text="An alert fires 14 days before a certificate ends", signature="tls/certificate-expired"
            )
        ],
        lessons=Lessons(
            went_well=[Item(id="L1", text="The alert named the endpoint")],
            went_wrong=[Item(id="L2", text="We restarted before we read")],
        ),
        actions=[
            Action(
                id="A1",
                text="Run the renewal timer on both edges",
                owner="Noor",
                due=date(2026, 3, 11),
                priority="high",
            ),
            Action(id="A2", text="Write down who owns which certificate"),
        ],
        references=[
            Reference(id="R1", title="Renewal runbook", target="https://wiki.example.net/tls?page=renew&copy=1")
        ],
        links=[Link(document="DEP-2026-01-19-002", relation="caused-by")],
    )


def deployment() -> Deployment:
    """The change that set the incident up."""
    return Deployment(
        id="DEP-2026-01-19-002",
        title="Switch edge-2 off",
        status="success",
        zone="Europe/Berlin",
        deployer="Noor",
        reviewer="Kim",
        milestones=Milestones(started=at(0), resolved=at(25)),
        changes="Traffic moves to `edge-1`; `edge-2` is stopped.",
        sign_off=SignOff(by="Noor", at=at(-30), documents=["docs/edges.md", "the renewal runbook"]),
        pre_checks=[
            Check(id="B1", text="Backups created", done=True, by="Noor", at=at(-20)),
            Check(id="B2", text="Stakeholders notified", note="forgotten"),
        ],
        steps=[
            Step(id="S1", text="drained edge-2", ok=True, result="0 connections"),
            Step(id="S2", text="systemctl poweroff", ok=True, command="C1"),
        ],
        commands=[Command(id="C1", at=at(20), command="ssh edge-2 systemctl poweroff", exit_status=0, duration=1)],
        timeline=[
            TimelineEntry(id="C1", at=at(20), kind="command", text="ssh edge-2 systemctl poweroff", actor="Noor")
        ],
        verification="Checked the dashboards for ten minutes.",
        post_checks=[Check(id="D1", text="Monitoring alerts cleared", done=True)],
        links=[Link(document="INC-2026-03-04-001", relation="caused")],
    )
