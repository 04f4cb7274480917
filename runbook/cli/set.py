"""``runbook set``: change a field of the record."""

from __future__ import annotations

from runbook.cli.output import add_document, add_format, emit_json, parser, safe
from runbook.flow.change import set_field
from runbook.flow.desk import open_document


def run(argv: list[str]) -> int:
    """Change one field."""
    arguments = parser(
        "set",
        "Change a field: severity, title, lead, status, summary, impact.users, …",
        epilog="examples:\n  runbook set severity critical\n  runbook set lead Kim\n"
        "  runbook set impact.systems 'dashboards, API'",
    )
    arguments.add_argument("field", metavar="FIELD")
    arguments.add_argument("value", nargs="+", metavar="VALUE")
    arguments.add_argument("--force", action="store_true", help="a status that cannot normally follow the present one")
    add_document(arguments)
    add_format(arguments)
    options = arguments.parse_args(argv)
    desk = open_document(options.id, options.repo)
    entry = set_field(desk, options.field, " ".join(options.value), force=options.force)
    if options.format == "json":
        emit_json({"id": entry.id, "at": entry.at})
    else:
        print(safe(f"{entry.at[11:16]}  {desk.id}  {entry.data['field']} = {entry.data['value']}"))
    return 0
